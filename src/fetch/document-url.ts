/** The addresses that may be asked for a document, as far as their text tells. */

import { isIP } from 'node:net';

import { FetchError } from '../errors.ts';
import { addressProblem } from './address-rules.ts';

export interface UrlRules {
  /** Take `http:` as well as `https:`. */
  readonly allowHttp: boolean;
  readonly allowPrivateAddresses: boolean;
}

/** Far beyond any address in use. */
const maxUrlLength = 2048;

/**
 * The URL without its fragment. What a host name resolves to is looked at when the connection is
 * made, not here.
 *
 * @throws FetchError `fetch_refused`.
 */
export function readDocumentUrl(text: string, rules: UrlRules): URL {
  if (text.length > maxUrlLength) throw refused(`more than ${maxUrlLength} characters of URL`);
  if (!URL.canParse(text)) throw refused('not a URL');
  const url = new URL(text);
  const isAllowed = url.protocol === 'https:' || (rules.allowHttp && url.protocol === 'http:');
  if (!isAllowed) throw refused(`scheme "${url.protocol}" is not allowed`);
  if (url.username !== '' || url.password !== '') throw refused('credentials in the URL');
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  const problem = isIP(host) === 0 ? undefined : addressProblem(host, rules);
  if (problem !== undefined) throw refused(`address ${host} ${problem}`);
  url.hash = '';
  return url;
}

/** The URL for messages: its query may hold what does not belong into a log. */
export function shownUrl(url: URL): string {
  return `${url.origin}${url.pathname}`;
}

function refused(problem: string): FetchError {
  return new FetchError('fetch_refused', problem);
}
