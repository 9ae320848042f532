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
 * The fields with our own `X-Forwarded-*`, `Forwarded` (RFC 7239) and `X-Request-Id` in place of any the client sent.
 *
 * @param origin the authority to name; the one the client asked for where undefined.
 */
export function withForwarded(
  headers: HeaderList,
  exchange: Pick<Exchange, 'connection' | 'host' | 'requestId'>,
  origin: PublicOrigin | undefined,
): HeaderList {
  const host = origin?.authority ?? exchange.host;
  return [
    ...headers.filter(([name]) => !FORWARDED.test(name)),
    ['x-forwarded-for', exchange.connection.peerAddress],
    ['x-forwarded-proto', 'https'],
    ['x-forwarded-host', host],
    ['x-forwarded-port', String(origin?.port ?? portOf(host))],
    ['forwarded', forwardedElement(exchange.connection.peerAddress, host)],
    ['x-request-id', exchange.requestId],
  ];
}

/** RFC 7239 section 4. Without `by`: what our side is called is nobody's concern. */
function forwardedElement(client: string, host: string): string {
  // Section 6: IPv6 in brackets, without the zone, which means nothing on another machine.
  const node = client.includes(':') ? `[${client.replace(/%.*$/s, '')}]` : client;
  return `for=${quoted(node)};host=${quoted(host)};proto=https`;
}

/** As a token, or as a quoted string where it is none; an authority has neither `"` nor `\`. */
function quoted(text: string): string {
  return /^[\w.-]+$/.test(text) ? text : `"${text}"`;
}

function portOf(authority: string): number {
  const match = /:(\d+)$/.exec(authority);
  return match === null ? 443 : Number(match[1]);
}
