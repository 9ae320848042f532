/** Answers that the gateway writes itself. */

import type { Answer, HeaderList } from './exchange.ts';

/** A JSON answer that no cache keeps (RFC 6749 section 5.1). */
export function jsonAnswer(
  status: number,
  value: unknown,
  headers: HeaderList = [],
): Answer & { readonly body: Uint8Array } {
  return jsonBytesAnswer(status, Buffer.from(JSON.stringify(value)), headers);
}

/** The same for JSON that is bytes already. */
export function jsonBytesAnswer(
  status: number,
  body: Uint8Array,
  headers: HeaderList = [],
): Answer & { readonly body: Uint8Array } {
  return {
    status,
    headers: [
      ['content-type', 'application/json'],
      ['content-length', String(body.length)],
      ['cache-control', 'no-store'],
      ...headers,
    ],
    body,
  };
}
