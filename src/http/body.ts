/** Reading a whole body into memory, never more of it than the caller allows. */

import type { Readable } from 'node:stream';

import { RequestError } from '../errors.ts';
import { whenAtHand } from './at-hand.ts';

/**
 * The bytes of the body, at once where they are there, or `undefined` when it holds more than
 * `maxBytes`; the rest of a stream is then not read. Rejects as the stream does.
 */
export function readBounded(
  body: Readable | Uint8Array,
  maxBytes: number,
): Buffer | undefined | Promise<Buffer | undefined> {
  if (!(body instanceof Uint8Array)) return collect(body, maxBytes);
  if (body.length > maxBytes) return undefined;
  return Buffer.isBuffer(body) ? body : bufferOf(body);
}

async function collect(body: Readable, maxBytes: number): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let length = 0;
  // Destroying is left to the owner of the stream: a request body's socket still carries the answer.
  for await (const chunk of body.iterator({ destroyOnReturn: false })) {
    const bytes = chunk as Buffer;
    length += bytes.length;
    if (length > maxBytes) return undefined;
    chunks.push(bytes);
  }
  return chunks.length === 1 ? chunks[0] : Buffer.concat(chunks, length);
}

/** The same for the body of a request. @throws RequestError 413 (RFC 9110 section 15.5.14). */
export function readRequestBody(
  body: Readable | Uint8Array,
  maxBytes: number,
): Buffer | Promise<Buffer> {
  return whenAtHand(readBounded(body, maxBytes), (bytes) => refuseLarger(bytes, maxBytes));
}

function refuseLarger(bytes: Buffer | undefined, maxBytes: number): Buffer {
  if (bytes !== undefined) return bytes;
  throw new RequestError({
    status: 413,
    code: 'invalid_request',
    reason: 'request_too_large',
    publicText: `the body must not exceed ${maxBytes} bytes`,
  });
}

/** The same octets, not copied. */
function bufferOf({ buffer, byteOffset, byteLength }: Uint8Array): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength);
}
