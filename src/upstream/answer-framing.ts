/** Where the body of an answer ends (RFC 9112 section 6.3). */

import { fieldValues } from '../http/header-list.ts';
import { connectionOptions } from '../http/hop-by-hop.ts';
import type { AnswerHead } from './answer-head.ts';
import { invalidAnswer } from './failure.ts';

export type Framing =
  | { readonly kind: 'length'; readonly length: number }
  | { readonly kind: 'chunked' }
  /** It ends with the connection. */
  | { readonly kind: 'close' };

const NOTHING: Framing = { kind: 'length', length: 0 };
const CHUNKED: Framing = { kind: 'chunked' };
const CLOSE: Framing = { kind: 'close' };

/**
 * The framing of the answer to a request of this method. Where two readers of the same answer could
 * see different ends, it is refused.
 *
 * @throws UpstreamError 502 for two lengths, for a length beside chunks, and for a coding that is not
 * `chunked` alone.
 */
export function framingOf(method: string, { status, version, decisive }: AnswerHead): Framing {
  const codings = fieldValues(decisive, 'transfer-encoding');
  const lengths = fieldValues(decisive, 'content-length');
  const [coding] = codings;
  const [length] = lengths;
  if (coding !== undefined) {
    if (length !== undefined) throw invalidAnswer('a length and a transfer coding');
    if (codings.length > 1 || coding.toLowerCase() !== 'chunked' || version === '1.0') {
      throw invalidAnswer('a transfer coding that is not chunked alone');
    }
  }
  if (lengths.length > 1 || (length !== undefined && !/^\d{1,15}$/.test(length))) {
    throw invalidAnswer('no valid content-length');
  }
  if (method === 'HEAD' || status === 204 || status === 304) return NOTHING;
  if (coding !== undefined) return CHUNKED;
  return length === undefined ? CLOSE : { kind: 'length', length: Number(length) };
}

/** Whether the upstream lets the connection be used again (RFC 9112 section 9.3). */
export function keepsConnection({ version, decisive }: AnswerHead): boolean {
  const options = connectionOptions(decisive);
  if (options.includes('close')) return false;
  return version === '1.1' || options.includes('keep-alive');
}

/** Milliseconds that the upstream says it keeps an idle connection; undefined where it says none. */
export function keepAliveHint({ decisive }: AnswerHead): number | undefined {
  const [hint] = fieldValues(decisive, 'keep-alive');
  if (hint === undefined) return undefined;
  const [, seconds] = /(?:^|[,\s])timeout=(\d{1,6})(?:[,\s]|$)/i.exec(hint) ?? [];
  return seconds === undefined ? undefined : Number(seconds) * 1_000;
}
