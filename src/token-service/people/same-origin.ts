/** Whether a form was sent from one of our own pages, by what the browser says and no page can. */

import type { IncomingHttpHeaders } from 'node:http';

/**
 * Each browser of today sends one of the two with a form; a request with neither is refused. So
 * nobody is logged in, or made to consent, from another site, a subdomain included.
 */
export function isSameOrigin(headers: IncomingHttpHeaders, issuer: string): boolean {
  const { origin, 'sec-fetch-site': site } = headers;
  if (site !== undefined && site !== 'same-origin') return false;
  if (origin !== undefined) return origin === issuer;
  return site === 'same-origin';
}
