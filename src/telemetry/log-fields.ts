/** The fields of each kind of log line, each bounded, so that the whole line is. */

import { boundText } from './bounded-text.ts';
import type { CertificateOutcome, RequestRecord, TelemetryEvent } from './events.ts';
import { REDACTED, isSecretName, redact } from './redaction.ts';

export type FieldValue = string | number | boolean;
export type Fields = Readonly<Record<string, FieldValue>>;
export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

export interface LogEntry {
  readonly level: LogLevel;
  readonly text: string;
  readonly fields: Readonly<Record<string, FieldValue | undefined>>;
}

/** Longest line, its line feed included. */
export const MAX_LINE_BYTES = 4_096;
/** Room for what stands in every line beside fields and text: level, time, punctuation. */
const FRAME_BYTES = 128;
const MAX_TEXT_BYTES = 512;
/** Nothing beyond this is looked at, however long a foreign text is. */
const MAX_READ_CHARS = 4_096;
const MAX_NUMBER_BYTES = 24;

interface Limit {
  readonly chars: number;
  readonly bytes: number;
}

const LIMITS: ReadonlyMap<string, Limit> = new Map([
  ['path', { chars: 256, bytes: 768 }],
  ['client_id', { chars: 256, bytes: 768 }],
  ['detail', { chars: 1_024, bytes: 1_536 }],
]);
const DEFAULT_LIMIT: Limit = { chars: 256, bytes: 512 };

/** Fields that hold our own words or facts of the connection; they are bounded but not redacted. */
const OURS: ReadonlySet<string> = new Set([
  'request_id',
  'trace_id',
  'span_id',
  'listener',
  'peer',
  'socket',
  'route',
  'thumbprint',
  'certificate',
  'certificate_reason',
  'certificate_header',
  'decision',
  'reason',
  'outcome',
  'delivery',
  'protocol',
]);

/** Names that pino writes itself; a second one would make the line ambiguous. */
const RESERVED: ReadonlySet<string> = new Set(['level', 'time', 'msg', 'err', 'cut']);

export function requestEntry(record: RequestRecord): LogEntry {
  // Somebody who is not the balancer writes its header: a forger, or a balancer nobody listed.
  const isForged = (record.certificateHeader ?? 'believed') !== 'believed';
  const troubled = isForged || record.decision === 'failed' || record.delivery === 'broken';
  return {
    level: troubled ? 'warn' : 'info',
    text: 'request',
    fields: {
      request_id: record.requestId,
      trace_id: record.traceId,
      span_id: record.spanId,
      listener: record.listener,
      ...peerFields(record),
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
      ...certificateFields(record.certificate),
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

/**
 * Returns text and fields cut to what one line holds, secrets taken out. Fields are kept in their
 * order; `cut: true` says that some found no room.
 */
export function fitEntry(entry: LogEntry): { readonly text: string; readonly fields: Fields } {
  const text = boundText(redact(readable(entry.text)), MAX_TEXT_BYTES, MAX_TEXT_BYTES);
  const fields: Record<string, FieldValue> = {};
  let room = MAX_LINE_BYTES - FRAME_BYTES - text.bytes;
  for (const [name, value] of Object.entries(entry.fields)) {
    if (value === undefined) continue;
    const key = fieldName(name);
    // Comma, colon and up to four quotes.
    room -= key.length + 6;
    if (room < MAX_NUMBER_BYTES) {
      fields['cut'] = true;
      break;
    }
    if (typeof value !== 'string') {
      fields[key] = value;
      room -= MAX_NUMBER_BYTES;
      continue;
    }
    const { chars, bytes } = LIMITS.get(key) ?? DEFAULT_LIMIT;
    const bounded = boundText(fieldText(key, value), chars, Math.min(bytes, room));
    fields[key] = bounded.text;
    room -= bounded.bytes;
  }
  return { text: text.text, fields };
}

function fieldText(key: string, value: string): string {
  if (OURS.has(key)) return value;
  return isSecretName(key) ? REDACTED : redact(readable(value));
}

/** Field names are ours; whatever else comes in is made harmless rather than trusted. */
function fieldName(name: string): string {
  const key = /^\w{1,64}$/.test(name) ? name : name.slice(0, 64).replaceAll(/\W/g, '_');
  return RESERVED.has(key) ? `${key}_` : key;
}

function readable(text: string): string {
  return text.length > MAX_READ_CHARS ? text.slice(0, MAX_READ_CHARS) : text;
}

/** The address of the socket is told only where it is not the client's. */
function peerFields(facts: {
  readonly peerAddress: string;
  readonly socketAddress?: string;
}): LogEntry['fields'] {
  const { peerAddress: peer, socketAddress: socket } = facts;
  return { peer, socket: socket === peer ? undefined : socket };
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
