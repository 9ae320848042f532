/**
 * Requests to log in and to log out that come by POST (OpenID Connect Core section 3.1.2.1,
 * RP-Initiated Logout section 2). A browser sends no cookie of ours with a form of another site, so
 * that nobody would be logged in; with the GET to which it is sent on it does.
 */

import { readForm } from './page-form.ts';
import { PEOPLE_PATHS } from './paths.ts';
import type { LoadedProvider, PageContext } from '../provider.ts';

const RESENT: ReadonlySet<string> = new Set([PEOPLE_PATHS.authorization, PEOPLE_PATHS.end_session]);

/** What servers and balancers take as an address. */
const MAX_QUERY_CHARACTERS = 6_000;

/** Whether the request is one that comes from other sites and does nothing but to be sent on. */
export function isResent({ method, path }: PageContext): boolean {
  return method === 'POST' && RESENT.has(path);
}

/**
 * Answers with a redirect to the same endpoint, by 303: the method changes to GET.
 *
 * @throws 400 for what is no form, or too long.
 */
export async function resendByGet(
  ctx: PageContext,
  { refusal }: Pick<LoadedProvider, 'refusal'>,
): Promise<void> {
  const form = await readForm(ctx.req);
  if (form === undefined) throw refusal('invalid_request', 'the form can not be read');
  const query = form.toString();
  if (query.length > MAX_QUERY_CHARACTERS) {
    throw refusal('invalid_request', 'the request is too long: push it (RFC 9126)');
  }
  ctx.redirect(`${ctx.path}?${query}`);
  ctx.status = 303;
}
