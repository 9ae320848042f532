/**
 * What the upstream is told about the client's side of the connection. Always ours: what a client
 * sent under these names is dropped, since nobody vouches for it; what a believed balancer sent has
 * been read.
 */

import type { HeaderList } from './exchange.ts';
import { FieldNames } from './field-names.ts';
import type { Forwarding } from './forwarding.ts';

/** Names by which proxies speak of the client and of the address it asked for. */
const FORWARDED = new FieldNames([
  'forwarded',
  'proxy',
  'remote-user',
  'true-client-ip',
  'via',
  'x-client-ip',
  'x-real-ip',
  'x-remote-user',
  'x-request-id',
  'x-rewrite-url',
]);
const FORWARDED_FAMILIES = /^x-(?:forwarded|original)-/i;

/** Where the upstream believes to be published: its own origin is not what clients see. */
export interface PublicOrigin {
  /** `host` or `host:port`. */
  readonly authority: string;
  readonly port: number;
}

/** Whether a field of this name speaks of that: of a client it is dropped. */
export function isForwarded(name: string): boolean {
  return FORWARDED.has(name) || FORWARDED_FAMILIES.test(name);
}

/**
 * Our own `X-Forwarded-*` and `Forwarded` (RFC 7239) for a way and the host that was asked for. For
 * the host that was asked for last on that way it is the same list.
 */
export type ForwardedFields = (forwarding: Forwarding, host: string) => HeaderList;

/** @param origin the authority to name; the one the client asked for where undefined. */
export function createForwardedFields(origin: PublicOrigin | undefined): ForwardedFields {
  // Most connections ask for one host.
  const told = new WeakMap<Forwarding, { readonly host: string; readonly fields: HeaderList }>();
  return (forwarding, host) => {
    const before = told.get(forwarding);
    if (before?.host === host) return before.fields;
    const fields = forwardedFields(forwarding, host, origin);
    told.set(forwarding, { host, fields });
    return fields;
  };
}

function forwardedFields(
  forwarding: Forwarding,
  asked: string,
  origin: PublicOrigin | undefined,
): HeaderList {
  const host = origin?.authority ?? forwarding.host ?? asked;
  const proto = origin === undefined ? (forwarding.proto ?? 'https') : 'https';
  return [
    ['x-forwarded-for', forwarding.path.join(', ')],
    ['x-forwarded-proto', proto],
    ['x-forwarded-host', host],
    ['x-forwarded-port', String(origin?.port ?? portOf(host, proto))],
    ['forwarded', forwardedElements(forwarding.path, { host, proto })],
  ];
}

/**
 * RFC 7239 section 4, one element for each hop. What the client asked for belongs to the first.
 * Without `by`: what our side is called is nobody's concern.
 */
function forwardedElements(
  [client, ...balancers]: Forwarding['path'],
  { host, proto }: { readonly host: string; readonly proto: 'http' | 'https' },
): string {
  const first = `for=${node(client)};host=${quoted(host)};proto=${proto}`;
  return [first, ...balancers.map((address) => `for=${node(address)}`)].join(', ');
}

/** Section 6: IPv6 in brackets, without the zone, which means nothing on another machine. */
function node(address: string): string {
  return quoted(address.includes(':') ? `[${address.replace(/%.*$/s, '')}]` : address);
}

/** As a token, or as a quoted string where it is none; an authority has neither `"` nor `\`. */
function quoted(text: string): string {
  return /^[\w.-]+$/.test(text) ? text : `"${text}"`;
}

function portOf(authority: string, proto: 'http' | 'https'): number {
  const match = /:(\d+)$/.exec(authority);
  if (match !== null) return Number(match[1]);
  return proto === 'https' ? 443 : 80;
}
