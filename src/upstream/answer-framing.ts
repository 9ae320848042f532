/** Where the body of an answer ends (RFC 9112 section 6.3). */

import { LENGTH } from '../http/field-line.ts';
import { hasMember, isNamed } from '../http/header-list.ts';
import type { AnswerHead } from './answer-head.ts';
import { invalidAnswer } from './failure.ts';

export type Framing =
  | { readonly kind: 'length'; readonly length: number }
  | { readonly kind: 'chunked' }
  /** It ends with the connection. */
  | { readonly kind: 'close' };

/** In a `Keep-Alive`. */
const TIMEOUT = /(?:^|[,\s])timeout=(\d{1,6})(?:[,\s]|$)/i;

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
  let coding: string | undefined;
  let length: string | undefined;
  for (const field of decisive.framing) {
    if (isNamed(field, 'content-length')) {
      if (length !== undefined || !LENGTH.test(field[1])) {
        throw invalidAnswer('no valid content-length');
      }
      length = field[1];
    } else {
      const isAlone = coding === undefined && version !== '1.0';
      if (!isAlone || field[1].toLowerCase() !== 'chunked') {
        throw invalidAnswer('a transfer coding that is not chunked alone');
      }
      coding = field[1];
    }
  }
  if (coding !== undefined && length !== undefined) {
    throw invalidAnswer('a length and a transfer coding');
  }
  if (method === 'HEAD' || status === 204 || status === 304) return NOTHING;
  if (coding !== undefined) return CHUNKED;
  return length === undefined ? CLOSE : { kind: 'length', length: Number(length) };
}

/** Whether the upstream lets the connection be used again (RFC 9112 section 9.3). */
export function keepsConnection({ version, decisive }: AnswerHead): boolean {
  if (hasMember(decisive.options, 'close')) return false;
  return version === '1.1' || hasMember(decisive.options, 'keep-alive');
}

/** Milliseconds that the upstream says it keeps an idle connection; undefined where it says none. */
export function keepAliveHint({ decisive }: AnswerHead): number | undefined {
  if (decisive.keepAlive === undefined) return undefined;
  const seconds = TIMEOUT.exec(decisive.keepAlive)?.[1];
  return seconds === undefined ? undefined : Number(seconds) * 1_000;
}
