/** How pages are answered: with a policy that lets nothing in, and kept nowhere. */

import { STYLE_SOURCE } from './stylesheet.ts';
import type { PageContext } from '../provider.ts';

const POLICY = 'content-security-policy';

const HEADERS = {
  'cache-control': 'no-store',
  // With no-referrer a browser would send `Origin: null`, and forms prove where they come from by it.
  'referrer-policy': 'same-origin',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
} as const;

/**
 * Answers with the text of a page; `redirects` are where its forms may lead in the end, `script` is
 * the source of its only script.
 */
export function answerPage(
  ctx: PageContext,
  text: string,
  redirects: readonly (string | undefined)[] = [],
  script?: string,
): void {
  ctx.set(HEADERS);
  ctx.set(POLICY, contentSecurityPolicy(redirects, script));
  ctx.type = 'html';
  ctx.body = text;
}

/** Sets what protects an answer that is no page of ours, such as a redirect. */
export function protectPage(ctx: PageContext): void {
  ctx.set(HEADERS);
  ctx.set(POLICY, contentSecurityPolicy([]));
}

/** Chromium asks `form-action` about redirects that follow a form, too. */
function contentSecurityPolicy(
  redirects: readonly (string | undefined)[],
  script?: string,
): string {
  const sources = redirects.flatMap((uri) => (uri === undefined ? [] : (sourceOf(uri) ?? [])));
  return [
    "default-src 'none'",
    `style-src ${STYLE_SOURCE}`,
    ...(script === undefined ? [] : [`script-src ${script}`]),
    `form-action ${["'self'", ...new Set(sources)].join(' ')}`,
    "frame-ancestors 'none'",
    "base-uri 'none'",
  ].join('; ');
}

/** The source by which a policy names where a URI leads; undefined for one that would break it. */
function sourceOf(uri: string): string | undefined {
  const url = URL.parse(uri);
  if (url === null) return undefined;
  const isWeb = url.protocol === 'https:' || url.protocol === 'http:';
  // The scheme of an app has no hosts, and policies have no addresses of IPv6.
  if (!isWeb || url.hostname.startsWith('[')) return url.protocol;
  return /^[a-z0-9.-]+(:\d+)?$/.test(url.host) ? url.origin : undefined;
}
