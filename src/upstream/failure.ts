/** Every way in which an upstream fails, mapped to one answer. */

import { RequestError, UpstreamError } from '../errors.ts';

const ANSWER_TIMEOUT = 'ERR_UPSTREAM_ANSWER_TIMEOUT';
const CONNECT_TIMEOUT = 'ERR_UPSTREAM_CONNECT_TIMEOUT';
const CUT_OFF = 'ERR_UPSTREAM_CUT';

const TIMEOUTS: ReadonlySet<string> = new Set([ANSWER_TIMEOUT, 'ERR_UPSTREAM_UPGRADE_TIMEOUT']);

/** As `AbortSignal.timeout` names its reason. */
const DEADLINE = 'TimeoutError';

/** Codes of failures before the first byte reached the upstream's HTTP server. */
const UNREACHABLE: ReadonlySet<string> = new Set([
  CONNECT_TIMEOUT,
  'ETIMEDOUT',
  'ECONNREFUSED',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ENOENT',
  'EACCES',
]);

/** Codes of a connection that was cut while an answer was awaited. */
const CUT: ReadonlySet<string> = new Set([CUT_OFF, 'ECONNRESET', 'EPIPE']);

/** The code of a library's or the system's error; empty when it has none. */
export function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return '';
  const { code } = error as NodeJS.ErrnoException;
  return typeof code === 'string' ? code : '';
}

/** True when the connection broke before an answer came, as a reused idle connection may. */
export function wasCut(error: unknown): boolean {
  return CUT.has(codeOf(error));
}

/** The connection is gone, or must not be used any more. */
export function connectionCut(text: string): Error {
  return failure(CUT_OFF, text);
}

export function connectTimedOut(timeoutMs: number): Error {
  return failure(CONNECT_TIMEOUT, `no connection within ${timeoutMs} ms`);
}

export function answerTimedOut(timeoutMs: number): Error {
  return failure(ANSWER_TIMEOUT, `no answer within ${timeoutMs} ms`);
}

export function bodyTimedOut(timeoutMs: number): Error {
  return failure(ANSWER_TIMEOUT, `nothing of the body within ${timeoutMs} ms`);
}

/** As the system's own errors have their code; `upstreamFailure` makes an answer of it. */
function failure(code: string, text: string): Error {
  return Object.assign(new Error(text), { code });
}

/** 504 when it took too long, 503 when it can't be reached, 502 for all that is broken. */
export function upstreamFailure(error: unknown): UpstreamError {
  const code = codeOf(error);
  const detail = `${code === '' ? 'no code' : code}: ${error instanceof Error ? error.message : 'no error object'}`;
  if (TIMEOUTS.has(code) || (error instanceof Error && error.name === DEADLINE)) {
    return new UpstreamError({
      status: 504,
      reason: 'upstream_timeout',
      publicText: 'the identity server did not answer in time',
      detail,
      cause: error,
    });
  }
  if (UNREACHABLE.has(code)) {
    return new UpstreamError({
      status: 503,
      reason: 'upstream_unreachable',
      publicText: 'the identity server can not be reached',
      detail,
      cause: error,
    });
  }
  return new UpstreamError({
    status: 502,
    reason: 'upstream_broken',
    publicText: 'the identity server failed',
    detail,
    cause: error,
  });
}

/** An answer came, but none that may be passed on. */
export function invalidAnswer(detail: string): UpstreamError {
  return new UpstreamError({
    status: 502,
    reason: 'upstream_answer_invalid',
    publicText: 'the identity server gave an answer that can not be used',
    detail,
  });
}

/** Nobody is left to read it; the status is the one by which nginx logs it. */
export function clientGone(cause: unknown): RequestError {
  return new RequestError({
    status: 499,
    code: 'invalid_request',
    reason: 'client_gone',
    publicText: 'the client left before it was answered',
    cause,
  });
}
