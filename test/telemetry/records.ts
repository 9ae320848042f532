/** Records and streams that the tests of this folder share. */

import { Writable } from 'node:stream';

import type { HandshakeEvent, RequestRecord } from '../../src/telemetry/events.ts';

export const THUMBPRINT = 'mt3KDY1hofQurloTbphKHCSrTlAGl5MlgXX6Xxj9c_E';

export function requestRecord(overrides: Partial<RequestRecord> = {}): RequestRecord {
  return {
    requestId: 'r-1',
    listener: 'public',
    peerAddress: '192.0.2.7',
    protocol: 'http/1.1',
    method: 'POST',
    path: '/oauth2/token',
    route: 'token',
    status: 200,
    durationSeconds: 0.0042,
    bytes: 123,
    delivery: 'sent',
    certificate: { outcome: 'self_signed', thumbprint: THUMBPRINT },
    clientId: 'client-1',
    decision: 'allowed',
    ...overrides,
  };
}

export function completedHandshake(
  overrides: Partial<Extract<HandshakeEvent, { kind: 'handshake_completed' }>> = {},
): HandshakeEvent {
  return {
    kind: 'handshake_completed',
    listener: 'public',
    peerAddress: '192.0.2.7',
    tlsProtocol: 'TLSv1.3',
    durationSeconds: 0.003,
    certificate: { outcome: 'none' },
    ...overrides,
  };
}

export function failedHandshake(
  overrides: Partial<Extract<HandshakeEvent, { kind: 'handshake_failed' }>> = {},
): HandshakeEvent {
  return {
    kind: 'handshake_failed',
    listener: 'public',
    peerAddress: '192.0.2.7',
    durationSeconds: 0.003,
    reason: 'handshake_reset',
    detail: 'ECONNRESET',
    ...overrides,
  };
}

/** A stream that keeps what is written to it. */
export class KeptText extends Writable {
  readonly isTTY: boolean;
  text = '';

  constructor({ isTTY = false } = {}) {
    super({ decodeStrings: false });
    this.isTTY = isTTY;
  }

  override _write(chunk: string, _: string, done: () => void): void {
    this.text += chunk;
    done();
  }

  /** The lines written so far; the text must end with a line feed. */
  lines(): readonly string[] {
    return this.text.split('\n').slice(0, -1);
  }

  json(): readonly Readonly<Record<string, unknown>>[] {
    return this.lines().map((line) => JSON.parse(line) as Record<string, unknown>);
  }
}

/** The value of one sample line, such as `certbound_refusals_total{reason="overloaded"}`. */
export function sample(body: string, series: string): number | undefined {
  const line = body.split('\n').find((text) => text.startsWith(`${series} `));
  return line === undefined ? undefined : Number(line.slice(series.length + 1));
}
