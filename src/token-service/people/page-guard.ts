/** What is around the provider's own routes for people: headers of its pages, where forms come from. */

import { answerError, renderError } from './error-answer.ts';
import { onwardPage, SCRIPT_SOURCE } from './onward-page.ts';
import { answerPage, protectPage } from './page-answer.ts';
import { isPage } from './paths.ts';
import { isResent, resendByGet } from './resent-request.ts';
import { isSameOrigin } from './same-origin.ts';
import type { Log } from '../log.ts';
import { onwardForm } from '../provider.ts';
import type { LoadedProvider, OidcProvider } from '../provider.ts';

export interface GuardDeps {
  readonly issuer: string;
  readonly loaded: Pick<LoadedProvider, 'refusal'>;
  readonly log: Log;
}

/** Adds the guard to the provider. */
export function guardPages(provider: OidcProvider, { issuer, loaded, log }: GuardDeps): void {
  provider.use(async (ctx, next) => {
    if (!isPage(ctx.path)) return next();
    protectPage(ctx);
    if (ctx.method === 'POST' && !isResent(ctx) && !isSameOrigin(ctx.req.headers, issuer)) {
      ctx.status = 403;
      const error_description = 'the form was not sent from the page that it is on';
      const error = new Error(error_description);
      renderError(ctx, { error: 'invalid_request', error_description }, { error, issuer });
      return;
    }
    try {
      await (isResent(ctx) ? resendByGet(ctx, loaded) : next());
    } catch (error) {
      // The provider stores the session after all that it answers errors of.
      return answerError(ctx, error, { issuer, log });
    }
    const form = onwardForm(ctx);
    if (form !== undefined) {
      answerPage(ctx, onwardPage({ issuer, ...form }), [form.action], SCRIPT_SOURCE);
    }
  });
}
