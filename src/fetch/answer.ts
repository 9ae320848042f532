/** Which answers are documents, and their octets up to a limit. */

import type { Dispatcher } from 'undici';

import { FetchError } from '../errors.ts';

export type FetchAnswer =
  | { readonly kind: 'unchanged' }
  | {
      readonly kind: 'document';
      readonly body: Uint8Array;
      /** Fields of the answer, as sent. */
      readonly contentType: string | undefined;
      readonly etag: string | undefined;
      readonly lastModified: string | undefined;
      readonly cacheControl: string | undefined;
    };

const firstBufferBytes = 65_536;

export interface AnswerRules {
  /** Octets of the body that are one too many when exceeded. */
  readonly limit: number;
  /** The request named an earlier document. */
  readonly isConditional: boolean;
}

/** @throws FetchError `fetch_answer_invalid` or `fetch_too_large`; errors of the library pass. */
export async function readAnswer(
  answer: Dispatcher.ResponseData,
  { limit, isConditional }: AnswerRules,
): Promise<FetchAnswer> {
  const field = (name: string): string | undefined => {
    const value = answer.headers[name];
    return Array.isArray(value) ? value.join(', ') : value;
  };
  if (answer.statusCode === 304 && isConditional) return { kind: 'unchanged' };
  if (answer.statusCode !== 200) {
    const target = field('location') === undefined ? '' : ' with another address to ask';
    throw new FetchError('fetch_answer_invalid', `answered ${answer.statusCode}${target}`);
  }
  const encoding = field('content-encoding') ?? 'identity';
  if (encoding.toLowerCase() !== 'identity') {
    throw new FetchError('fetch_answer_invalid', `content encoding "${encoding}"`);
  }
  // Refused before the first octet is read, where the server says how many there are.
  if (Number(field('content-length') ?? 0) > limit) throw tooLarge(limit);
  return {
    kind: 'document',
    body: await readBody(answer.body, limit),
    contentType: field('content-type'),
    etag: field('etag'),
    lastModified: field('last-modified'),
    cacheControl: field('cache-control'),
  };
}

/** Into one buffer: the pieces of a body sent octet by octet would take a hundred times its size. */
async function readBody(body: AsyncIterable<Uint8Array>, limit: number): Promise<Uint8Array> {
  let octets = new Uint8Array(Math.min(limit, firstBufferBytes));
  let length = 0;
  for await (const chunk of body) {
    const needed = length + chunk.length;
    if (needed > limit) throw tooLarge(limit);
    if (needed > octets.length) {
      const larger = new Uint8Array(Math.min(limit, Math.max(needed, octets.length * 2)));
      larger.set(octets.subarray(0, length));
      octets = larger;
    }
    octets.set(chunk, length);
    length = needed;
  }
  return octets.slice(0, length);
}

function tooLarge(limit: number): FetchError {
  return new FetchError('fetch_too_large', `more than ${limit} octets`);
}
