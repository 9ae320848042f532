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

/** Answers with the text of a page; `redirects` are where its forms may lead in the end. */
export function answerPage(
  ctx: PageContext,
  text: string,
  redirects: readonly (string | undefined)[] = [],
): void {
  ctx.set(HEADERS);
  ctx.set(POLICY, contentSecurityPolicy(redirects));
  ctx.type = 'html';
  ctx.body = text;
}

/**
 * Sets what protects the pages that the provider makes itself: forms that a script of theirs sends.
 * Into the empty list of scripts it puts the hash of that one.
 */
export function protectPage(
  ctx: PageContext,
  redirects: readonly (string | undefined)[] = [],
): void {
  ctx.set(HEADERS);
  ctx.set(POLICY, `${contentSecurityPolicy(redirects)}; script-src`);
}

/** Lets the forms of a protected page lead to one more place. */
export function allowRedirect(ctx: PageContext, uri: string): void {
  const source = sourceOf(uri);
  if (source === undefined) return;
  const policy = ctx.response.get(POLICY);
  ctx.set(POLICY, policy.replace("form-action 'self'", `form-action 'self' ${source}`));
}

/** Chromium asks `form-action` about redirects that follow a form, too. */
function contentSecurityPolicy(redirects: readonly (string | undefined)[]): string {
  const sources = redirects.flatMap((uri) => (uri === undefined ? [] : (sourceOf(uri) ?? [])));
  return [
    "default-src 'none'",
    `style-src ${STYLE_SOURCE}`,
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
