/** Turns whatever was thrown into the one answer that the client may see. */

import { RequestError, StoreError, UpstreamError } from '../errors.ts';
import type { CertboundError, Reason } from '../errors.ts';
import { jsonAnswer } from '../http/answers.ts';
import type { Answer, HeaderList } from '../http/exchange.ts';

export interface Refusal {
  readonly answer: Answer;
  readonly decision: 'refused' | 'failed';
  readonly reason: Reason;
  /** For the log only. */
  readonly detail: string;
}

/** Our classes say what to answer; anything else is a fault of ours and tells the client nothing. */
export function refusalOf(error: unknown): Refusal {
  if (error instanceof RequestError) {
    return refusal(error, 'refused', error.status, error.code, error.headers);
  }
  if (error instanceof UpstreamError) {
    const code = error.status === 502 ? 'server_error' : 'temporarily_unavailable';
    return refusal(error, 'failed', error.status, code, retryLater(error.status));
  }
  if (error instanceof StoreError) {
    return refusal(error, 'failed', 503, 'temporarily_unavailable', retryLater(503));
  }
  const detail = error instanceof Error ? (error.stack ?? error.message) : 'not an error object';
  const answer = jsonAnswer(500, {
    error: 'server_error',
    error_description: 'the gateway failed',
  });
  return { answer, decision: 'failed', reason: 'internal_error', detail };
}

function refusal(
  error: CertboundError,
  decision: Refusal['decision'],
  status: number,
  code: string,
  headers: HeaderList,
): Refusal {
  const answer = jsonAnswer(status, { error: code, error_description: error.publicText }, headers);
  return { answer, decision, reason: error.reason, detail: detailOf(error) };
}

function detailOf(error: CertboundError): string {
  const cause = error.cause instanceof Error ? `: ${error.cause.message}` : '';
  return `${error.message}${cause}`;
}

function retryLater(status: number): HeaderList {
  return status === 503 ? [['retry-after', '1']] : [];
}
