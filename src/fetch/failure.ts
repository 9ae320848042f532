/** Every way in which a fetch fails, as one of our errors. */

import { FetchError } from '../errors.ts';

const TIMEOUTS: ReadonlySet<string> = new Set([
  'UND_ERR_CONNECT_TIMEOUT',
  'UND_ERR_HEADERS_TIMEOUT',
  'UND_ERR_BODY_TIMEOUT',
  'ETIMEDOUT',
]);

/** Keeps an error of ours, also where a library has wrapped it. @param shown names the document. */
export function fetchFailure(error: unknown, shown: string): FetchError {
  const { cause } = error instanceof Error ? error : {};
  const own = [error, cause].find((candidate) => candidate instanceof FetchError);
  if (own !== undefined) {
    return new FetchError(own.reason as FetchReason, `${shown}: ${own.message}`, error);
  }
  const code = codeOf(error);
  const seen = error instanceof Error ? error.message : 'no error object';
  const reason = TIMEOUTS.has(code) ? 'fetch_timeout' : 'fetch_failed';
  return new FetchError(reason, `${shown}: ${code === '' ? '' : `${code}: `}${seen}`, error);
}

type FetchReason = ConstructorParameters<typeof FetchError>[0];

function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return '';
  const { code } = error as NodeJS.ErrnoException;
  return typeof code === 'string' ? code : '';
}
