/**
 * Where people may be sent back to (RFC 6749 section 3.1.2, RFC 8252 sections 7 and 8): one rule for
 * clients of the configuration and for those that register.
 */

export interface RedirectProblem {
  /** Of the redirect in its list. */
  readonly index: number;
  readonly text: string;
}

/** Names of this machine (RFC 8252 sections 7.3 and 8.3). */
const LOOPBACK_HOSTS: ReadonlySet<string> = new Set(['localhost', '127.0.0.1', '[::1]']);

/** A name that its owner has turned around, com.example.app (RFC 8252 section 7.1). */
const PRIVATE_SCHEME = /^[a-z][a-z0-9+-]*(\.[a-z0-9+-]+)+:$/;

/** Returns what is wrong with the redirects of a client, each problem as it is told to people. */
export function redirectProblems(uris: readonly string[]): readonly RedirectProblem[] {
  const isNative = uris.some((uri) => schemeKind(uri) === 'private');
  return uris.flatMap((uri, index) => {
    const text = problemOf(uri, isNative);
    return text === undefined ? [] : [{ index, text }];
  });
}

function problemOf(uri: string, isNative: boolean): string | undefined {
  const url = URL.parse(uri);
  if (url === null || /[^\x21-\x7e]/.test(uri)) return 'must be an absolute URI in ASCII';
  // RFC 6749 section 3.1.2
  if (uri.includes('#')) return 'must not have a fragment';
  if (url.username !== '' || url.password !== '') return 'must not have credentials';
  if (schemeKind(uri) === 'other') {
    return 'must be https, http on the own machine, or the scheme of an app with a dot in it';
  }
  if (isNative && url.protocol === 'https:' && LOOPBACK_HOSTS.has(url.hostname)) {
    return 'beside the scheme of an app, the own machine is reached by http (RFC 8252 section 8.3)';
  }
  return undefined;
}

function schemeKind(uri: string): 'web' | 'private' | 'other' {
  const url = URL.parse(uri);
  if (url === null) return 'other';
  if (url.protocol === 'https:') return 'web';
  if (url.protocol === 'http:' && LOOPBACK_HOSTS.has(url.hostname)) return 'web';
  return PRIVATE_SCHEME.test(url.protocol) ? 'private' : 'other';
}
