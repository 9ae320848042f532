/** The level, the text and the fields of each kind of log line but that of a request. */

import type { CertificateOutcome, TelemetryEvent } from './events.ts';
import { milliseconds } from './log-duration.ts';

export type FieldValue = string | number | boolean;
export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

export interface LogEntry {
  readonly level: LogLevel;
  readonly text: string;
  readonly fields: Readonly<Record<string, FieldValue | undefined>>;
}

/** The address of the socket is told only where it is not the client's. */
export function socketOf({ peerAddress, socketAddress }: Addresses): string | undefined {
  return socketAddress === peerAddress ? undefined : socketAddress;
}

export function eventEntry(event: TelemetryEvent): LogEntry {
  if (event.kind === 'notice') {
    return { level: event.level, text: event.text, fields: event.fields ?? {} };
  }
  const { listener } = event;
  switch (event.kind) {
    case 'handshake_completed':
      return {
        level: 'debug',
        text: 'handshake',
        fields: {
          listener,
          ...peerFields(event),
          protocol: event.tlsProtocol,
          virtual_host: event.virtualHost,
          resumed: event.isResumed === true ? true : undefined,
          duration_ms: milliseconds(event.durationSeconds),
          ...certificateFields(event.certificate),
        },
      };
    case 'handshake_failed':
      return {
        level: 'info',
        text: 'handshake failed',
        fields: {
          listener,
          ...peerFields(event),
          duration_ms: milliseconds(event.durationSeconds),
          reason: event.reason,
          detail: event.detail,
        },
      };
    case 'connection_refused':
      return {
        level: 'info',
        text: 'connection refused',
        fields: {
          listener,
          ...peerFields(event),
          status: event.status,
          reason: event.reason,
          detail: event.detail,
        },
      };
  }
}

interface Addresses {
  readonly peerAddress: string;
  readonly socketAddress?: string | undefined;
}

function peerFields(facts: Addresses): LogEntry['fields'] {
  return { peer: facts.peerAddress, socket: socketOf(facts) };
}

function certificateFields(certificate: CertificateOutcome): LogEntry['fields'] {
  return {
    thumbprint: certificate.thumbprint,
    certificate: certificate.outcome,
    certificate_reason: certificate.reason,
  };
}
