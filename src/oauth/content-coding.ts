/** Bodies that a server has encoded although it was not asked to (RFC 9110 section 8.4). */

import { promisify } from 'node:util';
import {
  brotliDecompress,
  constants,
  gunzip,
  inflate,
  inflateRaw,
  zstdDecompress,
} from 'node:zlib';

import type { HeaderList } from '../http/exchange.ts';
import { listMembers } from '../http/header-list.ts';
import { invalidAnswer } from '../upstream/failure.ts';

/** Nobody encodes more often; each coding multiplies what a small body can become. */
const MAX_CODINGS = 2;

interface Bound {
  readonly maxOutputLength: number;
  readonly rejectGarbageAfterEnd: true;
}

type Decode = (body: Buffer, bound: Bound) => Promise<Buffer>;

const toInflated = promisify(inflate) as Decode;
const toRawInflated = promisify(inflateRaw) as Decode;
const toGunzipped = promisify(gunzip) as Decode;
const toUnbrotlied = promisify(brotliDecompress) as Decode;
const toUnzstded = promisify(zstdDecompress) as (body: Buffer, bound: object) => Promise<Buffer>;

const DECODERS: ReadonlyMap<string, Decode> = new Map<string, Decode>([
  ['gzip', toGunzipped],
  ['x-gzip', toGunzipped],
  ['br', toUnbrotlied],
  // Some servers leave the zlib wrapper out (RFC 9110 section 8.4.1.2).
  ['deflate', (body, bound) => (isZlib(body) ? toInflated : toRawInflated)(body, bound)],
  [
    'zstd',
    (body, bound) =>
      // The window that a decoder of HTTP must support (RFC 9659 section 3): 8 MiB, and no more.
      toUnzstded(body, { ...bound, params: { [constants.ZSTD_d_windowLogMax]: 23 } }),
  ],
]);

/**
 * The body without its codings, in threads of the pool. Never holds more than `maxBytes` of what
 * comes out of a coding.
 *
 * @throws UpstreamError 502 for more than two codings, one that is not known, a damaged body, and
 * one that becomes larger than `maxBytes`.
 */
export async function decodeBody(
  body: Buffer,
  headers: HeaderList,
  maxBytes: number,
): Promise<Buffer> {
  const codings = codingsOf(headers);
  if (codings.length > MAX_CODINGS) throw invalidAnswer(`${codings.length} content codings`);
  const bound: Bound = { maxOutputLength: maxBytes, rejectGarbageAfterEnd: true };
  let decoded = body;
  for (const coding of codings.toReversed()) {
    const decode = DECODERS.get(coding);
    if (decode === undefined) throw invalidAnswer(`the content coding ${coding.slice(0, 32)}`);
    try {
      decoded = await decode(decoded, bound);
    } catch (error) {
      throw invalidAnswer(`${coding}: ${error instanceof Error ? error.message : 'damaged'}`);
    }
  }
  return decoded;
}

/** In the order in which they were applied. */
function codingsOf(headers: HeaderList): readonly string[] {
  const names = listMembers(headers, 'content-encoding').map((name) => name.toLowerCase());
  return names.filter((name) => name !== '' && name !== 'identity');
}

/** RFC 1950 section 2.2. */
function isZlib(body: Buffer): boolean {
  const [first = 0, second = 0] = body;
  return (first & 0x0f) === 8 && (first * 256 + second) % 31 === 0;
}
