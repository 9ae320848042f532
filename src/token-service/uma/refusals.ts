/** Refusals of the UMA grant (UMA 2.0 Grant section 3.3.6), with their reason for the log. */

import { RequestError } from '../../errors.ts';
import type { LoadedProvider } from '../provider.ts';

/** A ticket, or a token beside it, that leads to nothing. */
export function ticketRefusal(
  loaded: Pick<LoadedProvider, 'refusal'>,
  reason: 'uma_ticket_invalid' | 'uma_claim_token_refused' | 'uma_token_refused',
  publicText: string,
): Error {
  const cause = new RequestError({ status: 400, code: 'invalid_grant', reason, publicText });
  return loaded.refusal('invalid_grant', publicText, cause);
}

/** No policy allows anything of what was asked for. */
export function requestDenied(loaded: Pick<LoadedProvider, 'denial'>): Error {
  const publicText = 'the client may not have these permissions';
  const cause = new RequestError({
    status: 403,
    code: 'request_denied',
    reason: 'uma_request_denied',
    publicText,
  });
  return loaded.denial('request_denied', publicText, cause);
}
