/** A browser without scripts: it keeps cookies by their path, follows redirects and sends forms. */

import { httpsRequest } from '../support/https-client.ts';
import type { ClientAnswer } from '../support/https-client.ts';
import type { Issued } from '../support/pki.ts';
import type { GatewayFixture } from '../support/running-gateway.ts';

export const ISSUER = 'https://localhost:9443';

/** Where the browser is, and what was answered there; empty where it was sent to somebody else. */
export interface Visit {
  readonly url: URL;
  readonly answer: ClientAnswer;
}

export interface Visitor {
  /** Goes there as if from a link of another site. */
  open(target: string | URL): Promise<Visit>;
  /** Sends the first form of the page with its hidden fields; `fields` has the others. */
  submit(visit: Visit, fields: Readonly<Record<string, string>>, sent?: Sent): Promise<Visit>;
  /** The names of the cookies that it has. */
  cookies(): readonly string[];
  /** The same browser, cookies and all, before another gateway of the same name. */
  movedTo(gateway: GatewayFixture): Visitor;
}

interface Sent {
  /** Header fields in place of those that the browser sends with a form of the page. */
  readonly headers?: readonly (readonly [string, string])[];
}

interface Cookie {
  readonly name: string;
  readonly value: string;
  readonly path: string;
}

const MAX_REDIRECTS = 10;
const SENT_BY_BROWSERS = [['origin', ISSUER]] as const;

/** @param certificate what the browser presents in each handshake. */
export function createVisitor(
  { port, ca }: GatewayFixture,
  certificate?: Issued,
  jar = new Map<string, Cookie>(),
): Visitor {
  function cookiesFor(path: string): readonly (readonly [string, string])[] {
    const sent = [...jar.values()].filter(
      (cookie) => path === cookie.path || path.startsWith(cookie.path.replace(/\/?$/, '/')),
    );
    if (sent.length === 0) return [];
    return [['cookie', sent.map(({ name, value }) => `${name}=${value}`).join('; ')]];
  }

  function keep(answer: ClientAnswer): void {
    for (const line of answer.headers['set-cookie'] ?? []) {
      const [, name = '', value = '', attributes = ''] = /^([^=]+)=([^;]*)(.*)$/.exec(line) ?? [];
      const [, path = '/'] = /; path=([^;]+)/i.exec(attributes) ?? [];
      const key = `${name} ${path}`;
      if (/expires=Thu, 01 Jan 1970/i.test(attributes)) jar.delete(key);
      else jar.set(key, { name, value, path });
    }
  }

  async function go(
    start: URL,
    request: Pick<Parameters<typeof httpsRequest>[0], 'method' | 'headers' | 'body'>,
  ): Promise<Visit> {
    let url = start;
    let next = request;
    for (let hops = 0; hops < MAX_REDIRECTS; hops += 1) {
      // oxlint-disable-next-line no-await-in-loop -- each answer says where the next request goes
      const answer = await httpsRequest({
        port,
        ca,
        ...certificate,
        path: `${url.pathname}${url.search}`,
        authority: 'localhost:9443',
        ...next,
        headers: [['accept', 'text/html'], ...cookiesFor(url.pathname), ...(next.headers ?? [])],
      });
      keep(answer);
      const { location } = answer.headers;
      if (location === undefined) return { url, answer };
      url = new URL(location, url);
      if (url.origin !== ISSUER) return { url, answer };
      next = {};
    }
    throw new Error('too many redirects');
  }

  return {
    open: (target) => go(new URL(target, ISSUER), {}),
    submit: (visit, fields, { headers = SENT_BY_BROWSERS } = {}) => {
      const { action, hidden } = formOf(visit);
      return go(action, {
        method: 'POST',
        headers: [['content-type', 'application/x-www-form-urlencoded'], ...headers],
        body: new URLSearchParams({ ...hidden, ...fields }).toString(),
      });
    },
    cookies: () => [...jar.values()].map(({ name }) => name),
    movedTo: (gateway) => createVisitor(gateway, certificate, jar),
  };
}

/** The first form of a page. */
export function formOf({ url, answer }: Visit): {
  readonly action: URL;
  readonly hidden: Readonly<Record<string, string>>;
} {
  const [, tag] = /<form ([^>]*)>/.exec(answer.text) ?? [];
  if (tag === undefined) throw new Error(`no form at ${url.href}: ${answer.text}`);
  const [, action = ''] = /action="([^"]*)"/.exec(tag) ?? [];
  const hidden = [...answer.text.matchAll(/<input type="hidden" name="([^"]*)" value="([^"]*)"/g)];
  return {
    action: new URL(action.replaceAll('&amp;', '&'), url),
    hidden: Object.fromEntries(hidden.map(([, name = '', value = '']) => [name, value])),
  };
}
