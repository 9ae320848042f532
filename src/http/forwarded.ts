/**
 * What the upstream is told about the client's side of the connection. Always ours: what a client
 * sent under these names is dropped, since nobody vouches for it.
 */

import type { Exchange, HeaderList } from './exchange.ts';

/** Names by which proxies speak of the client and of the address it asked for. */
const FORWARDED =
  /^(?:forwarded|via|x-forwarded-.*|x-original-.*|x-rewrite-url|x-real-ip|x-request-id|x-client-ip|true-client-ip|(?:x-)?remote-user|proxy)$/i;

/** Where the upstream believes to be published: its own origin is not what clients see. */
export interface PublicOrigin {
  /** `host` or `host:port`. */
  readonly authority: string;
  readonly port: number;
}

/**
 * The fields with our own `X-Forwarded-*` and `X-Request-Id` in place of any the client sent.
 *
 * @param origin the authority to name; the one the client asked for where undefined.
 */
export function withForwarded(
  headers: HeaderList,
  exchange: Exchange,
  origin: PublicOrigin | undefined,
): HeaderList {
  const host = origin?.authority ?? exchange.host;
  return [
    ...headers.filter(([name]) => !FORWARDED.test(name)),
    ['x-forwarded-for', exchange.connection.peerAddress],
    ['x-forwarded-proto', 'https'],
    ['x-forwarded-host', host],
    ['x-forwarded-port', String(origin?.port ?? portOf(host))],
    ['x-request-id', exchange.requestId],
  ];
}

function portOf(authority: string): number {
  const match = /:(\d+)$/.exec(authority);
  return match === null ? 443 : Number(match[1]);
}
