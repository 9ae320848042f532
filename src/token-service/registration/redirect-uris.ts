/** Where people may be sent back to (RFC 6749 section 3.1.2, RFC 8252 sections 7 and 8). */

/** Names of this machine (RFC 8252 sections 7.3 and 8.3). */
const LOOPBACK_HOSTS: ReadonlySet<string> = new Set(['localhost', '127.0.0.1', '[::1]']);

/** A name that its owner has turned around, com.example.app (RFC 8252 section 7.1). */
const PRIVATE_SCHEME = /^[a-z][a-z0-9+-]*(\.[a-z0-9+-]+)+:$/;

/** Returns what is wrong with a list of redirects; undefined where nothing is. */
export function redirectProblem(uris: unknown): string | undefined {
  if (uris === undefined) return undefined;
  if (!Array.isArray(uris)) return 'must be a list';
  for (const [index, uri] of uris.entries()) {
    const text = problemOf(uri);
    if (text !== undefined) return `[${index}] ${text}`;
  }
  return undefined;
}

function problemOf(uri: unknown): string | undefined {
  const url = typeof uri === 'string' ? URL.parse(uri) : null;
  if (typeof uri !== 'string' || url === null || /[^\x21-\x7e]/.test(uri)) {
    return 'must be an absolute URI in ASCII';
  }
  if (uri.includes('#')) return 'must not have a fragment';
  if (url.username !== '' || url.password !== '') return 'must not have credentials';
  const isTaken =
    url.protocol === 'https:' ||
    (url.protocol === 'http:' && LOOPBACK_HOSTS.has(url.hostname)) ||
    PRIVATE_SCHEME.test(url.protocol);
  if (isTaken) return undefined;
  return 'must be https, http on the own machine, or the scheme of an app with a dot in it';
}
