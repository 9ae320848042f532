/** The level, the text and the fields of each kind of log line. */

import type { CertificateOutcome, RequestRecord, TelemetryEvent } from './events.ts';

export type FieldValue = string | number | boolean;
export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

export interface LogEntry {
  readonly level: LogLevel;
  readonly text: string;
  readonly fields: Readonly<Record<string, FieldValue | undefined>>;
}

export function requestEntry(record: RequestRecord): LogEntry {
  // Somebody who is not the balancer writes its header: a forger, or a balancer nobody listed.
  const isForged = (record.certificateHeader ?? 'believed') !== 'believed';
  const troubled = isForged || record.decision === 'failed' || record.delivery === 'broken';
  const { certificate } = record;
  // Written out: put together from parts it would cost as much as the rest of the line.
  return {
    level: troubled ? 'warn' : 'info',
    text: 'request',
    fields: {
      request_id: record.requestId,
      trace_id: record.traceId,
      span_id: record.spanId,
      listener: record.listener,
      peer: record.peerAddress,
      socket: socketOf(record),
      protocol: record.protocol,
      method: record.method,
      path: record.path,
      route: record.route,
      status: record.status,
      duration_ms: milliseconds(record.durationSeconds),
      bytes: record.bytes,
      client_id: record.clientId,
      grant_type: record.grantType,
      user: record.user,
      thumbprint: certificate.thumbprint,
      certificate: certificate.outcome,
      certificate_reason: certificate.reason,
      certificate_header: record.certificateHeader,
      decision: record.decision,
      reason: record.reason,
      outcome: record.outcome,
      delivery: record.delivery,
      detail: record.detail,
    },
  };
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

/** The address of the socket is told only where it is not the client's. */
function socketOf({ peerAddress, socketAddress }: Addresses): string | undefined {
  return socketAddress === peerAddress ? undefined : socketAddress;
}

function certificateFields(certificate: CertificateOutcome): LogEntry['fields'] {
  return {
    thumbprint: certificate.thumbprint,
    certificate: certificate.outcome,
    certificate_reason: certificate.reason,
  };
}

function milliseconds(seconds: number): number {
  return Math.round(seconds * 1e6) / 1e3;
}
