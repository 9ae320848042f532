/** A gateway as its clients see it: one address for browsers, and one that asks for certificates. */

import { httpsRequest } from '../support/https-client.ts';
import type { ClientAnswer } from '../support/https-client.ts';
import type { Issued } from '../support/pki.ts';
import type { GatewayFixture } from '../support/running-gateway.ts';

export const ISSUER = new URL('https://identity.test');
/** Published in `mtls_endpoint_aliases` (RFC 8705 section 5). */
export const MTLS_ORIGIN = 'https://mtls.identity.test';

/** What libraries take in place of `fetch`. */
export type Fetch = (url: string, options: FetchOptions) => Promise<Response>;

interface FetchOptions {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

/** A `fetch` that finds the gateway behind every name, and presents the certificate at the aliases alone. */
export function fetchAs(gateway: GatewayFixture, identity?: Issued): Fetch {
  return async (url, { method = 'GET', headers = {}, body }) => {
    const target = new URL(url);
    const answer = await send(gateway, target, {
      method,
      headers: Object.entries(headers),
      ...(body instanceof URLSearchParams || typeof body === 'string'
        ? { body: body.toString() }
        : {}),
      ...(target.origin === MTLS_ORIGIN ? identity : {}),
    });
    const kept = Object.entries(answer.headers).flatMap(([name, value]) =>
      typeof value === 'string' ? [[name, value] as [string, string]] : [],
    );
    return new Response(answer.text, { status: answer.status, headers: kept });
  };
}

/** Follows redirects with its cookies, as a browser does, until one leads away from the issuer. */
export async function browse(gateway: GatewayFixture, start: URL): Promise<URL> {
  const cookies = new Map<string, string>();
  let url = start;
  while (url.origin === ISSUER.origin) {
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    // oxlint-disable-next-line no-await-in-loop -- each answer says where the next request goes
    const answer = await send(gateway, url, { headers: [['cookie', cookie]] });
    for (const line of answer.headers['set-cookie'] ?? []) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      cookies.set(name, value);
    }
    const { location } = answer.headers;
    if (location === undefined) throw new Error(`${url.href}: ${answer.status} ${answer.text}`);
    url = new URL(location, url);
  }
  return url;
}

function send(
  { port, ca }: GatewayFixture,
  { host, pathname, search }: URL,
  rest: Omit<Parameters<typeof httpsRequest>[0], 'port' | 'ca' | 'path' | 'authority'>,
): Promise<ClientAnswer> {
  return httpsRequest({ port, ca, path: `${pathname}${search}`, authority: host, ...rest });
}
