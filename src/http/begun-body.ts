/** Bodies that are small are waited for, so that nothing is held for them while they come. */

import { Readable } from 'node:stream';

/** More than any form that a server takes. */
const MAX_WHOLE_BYTES = 65_536;

/**
 * The octets of a body of at most 64 KiB, once all are there; a larger one as a stream, once so much of
 * it has come. Rejects as the body does.
 */
export async function readBegun(body: Readable): Promise<Uint8Array | Readable> {
  const pieces = body.iterator({ destroyOnReturn: false });
  const begun: Buffer[] = [];
  let length = 0;
  while (length <= MAX_WHOLE_BYTES) {
    const { done, value } = (await pieces.next()) as IteratorResult<Buffer>;
    if (done === true) return Buffer.concat(begun, length);
    begun.push(value);
    length += value.length;
  }
  const rest = Readable.from(joined(begun, pieces), { objectMode: false });
  // It may fail when nobody reads it any more.
  rest.on('error', () => {});
  return rest;
}

async function* joined(
  begun: readonly Buffer[],
  pieces: AsyncIterable<Buffer>,
): AsyncGenerator<Buffer> {
  yield* begun;
  yield* pieces;
}
