/** What can't go on, told to whoever asked: a page for a browser, JSON for all others. */

import { CertboundError } from '../../errors.ts';
import { errorPage } from './error-page.ts';
import type { ErrorPage } from './error-page.ts';
import { answerPage } from './page-answer.ts';
import { isPage } from './paths.ts';
import type { Log } from '../log.ts';
import type { PageContext } from '../provider.ts';

/** What the provider tells of an error. */
export interface ErrorFacts {
  readonly error: string;
  readonly error_description?: string | undefined;
}

/** Answers with an error that the provider has caught; the status of the answer is set already. */
export function renderError(
  ctx: PageContext,
  facts: ErrorFacts,
  { error, issuer }: { readonly error: Error; readonly issuer: string },
): void {
  const wantsPage = isPage(ctx.path) && ctx.accepts('json', 'html') === 'html';
  if (!wantsPage) {
    ctx.type = 'json';
    ctx.body = facts;
    return;
  }
  const text = errorPage({
    issuer,
    kind: kindOf(ctx.status, error),
    error: facts.error,
    description: facts.error_description,
    requestId: ctx.get('x-request-id'),
  });
  answerPage(ctx, text);
}

function kindOf(status: number, error: Error): ErrorPage['kind'] {
  if (status === 429) return 'crowded';
  if (status >= 500) return 'unavailable';
  return error.name === 'SessionNotFound' ? 'expired' : 'request';
}

/** Answers with an error of a page of ours; one that the provider does not know is our own fault. */
export function answerError(
  ctx: PageContext,
  caught: unknown,
  { issuer, log }: { readonly issuer: string; readonly log: Log },
): void {
  const error = caught instanceof Error ? caught : new Error(String(caught));
  const known = error as Error & Partial<ErrorFacts> & { statusCode?: number; expose?: boolean };
  const isKnown = known.expose === true && known.statusCode !== undefined;
  ctx.status = isKnown ? (known.statusCode ?? 500) : 500;
  log(isKnown && ctx.status < 500 ? 'info' : 'error', 'a page could not be answered', {
    status: ctx.status,
    error: `${error.name}: ${error.message}`.slice(0, 300),
    request_id: ctx.get('x-request-id').slice(0, 128),
    ...(error.cause instanceof CertboundError && { reason: error.cause.reason }),
  });
  const facts: ErrorFacts = isKnown
    ? { error: error.message, error_description: known.error_description }
    : { error: 'server_error' };
  renderError(ctx, facts, { error, issuer });
}
