/** What is known of the way a request took before it came to us. */

import { isIP } from 'node:net';

import type { AddressSet } from './address-set.ts';
import type { ConnectionFacts, HeaderList } from './exchange.ts';
import { fieldValues } from './header-list.ts';

export interface Forwarding {
  /** The addresses from the client to the peer of our connection, each vouched for by the next. */
  readonly path: readonly [client: string, ...balancers: string[]];
  /** What the client asked the balancer for, where the balancer tells it. */
  readonly proto?: 'http' | 'https';
  /** One valid authority, lower case. */
  readonly host?: string;
}

/** No way through balancers is longer; what is left of it nobody looks at. */
const MAX_HOPS = 32;

/** uri-host [ ":" port ], as the listener takes it for `Host`. */
const AUTHORITY = /^(?:[a-z0-9._-]{1,255}|\[[0-9a-f:.]{2,45}\])(?::(\d{1,5}))?$/;

/** An address as proxies write it: bare, or with the port that the client came from. */
const NODE = /^(?:\[([0-9a-f:.]{2,45})\]|([0-9.]{7,15}))(?::\d{1,5})?$/i;

/**
 * The way that the `X-Forwarded-*` of a trusted balancer tell. The client is the right-most address
 * that is not itself one of `trusted`: what stands left of it the client may have written, and it is
 * dropped. A field that is not strictly what it should be counts as absent.
 *
 * The balancer is at the other end of the connection; where it names its client by a PROXY header,
 * that is the client, unless it is trusted as well.
 */
export function readForwarding(
  headers: HeaderList,
  connection: Pick<ConnectionFacts, 'peerAddress' | 'socketAddress'>,
  trusted: AddressSet,
): Forwarding {
  const proto = onlyValue(headers, 'x-forwarded-proto')?.toLowerCase();
  const host = onlyValue(headers, 'x-forwarded-host')?.toLowerCase();
  return {
    path: pathTo(connection, fieldValues(headers, 'x-forwarded-for').join(','), trusted),
    ...((proto === 'http' || proto === 'https') && { proto }),
    ...(host !== undefined && isAuthority(host) && { host }),
  };
}

function pathTo(
  { peerAddress, socketAddress }: Pick<ConnectionFacts, 'peerAddress' | 'socketAddress'>,
  told: string,
  trusted: AddressSet,
): Forwarding['path'] {
  const path: [string, ...string[]] = [peerAddress];
  const entries = told.split(',');
  let isBalancer = peerAddress === socketAddress || trusted.has(peerAddress);
  while (isBalancer && path.length < MAX_HOPS) {
    const address = addressOf(entries.pop()?.trim() ?? '');
    if (address === undefined) break;
    path.unshift(address);
    isBalancer = trusted.has(address);
  }
  return path;
}

function addressOf(entry: string): string | undefined {
  const [, ipv6, ipv4] = NODE.exec(entry) ?? [];
  const address = ipv6 ?? ipv4 ?? entry;
  return isIP(address) === 0 || address.includes('%') ? undefined : address.toLowerCase();
}

function isAuthority(text: string): boolean {
  const match = AUTHORITY.exec(text);
  return match !== null && Number(match[1] ?? 0) <= 65_535;
}

function onlyValue(headers: HeaderList, name: string): string | undefined {
  const values = fieldValues(headers, name);
  return values.length === 1 ? values[0] : undefined;
}
