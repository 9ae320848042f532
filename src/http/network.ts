/** From whose network an address is. */

import { isIPv6 } from 'node:net';

/** Groups of an IPv6 address in the 64 bits that one subscriber has at least (RFC 6177). */
const NETWORK_GROUPS = 4;
/** In the 48 bits that one subscriber has at most. */
const SITE_GROUPS = 3;
const ALL_GROUPS = 8;

/** Returns an IPv4 address as it is, of an IPv6 address its first 64 bits. */
export function networkOf(address: string): string {
  return startOf(address, NETWORK_GROUPS);
}

/** Returns an IPv4 address as it is, of an IPv6 address its first 48 bits: up to 65,536 networks. */
export function siteOf(address: string): string {
  return startOf(address, SITE_GROUPS);
}

function startOf(address: string, groups: number): string {
  if (!address.includes(':')) return address;
  const [bare = ''] = address.split('%', 1);
  // An IPv4 address in another spelling; all of them have the same first 64 bits.
  if (!isIPv6(bare) || /^::ffff:/i.test(bare)) return bare;
  const [, spelled = ''] = /^\[(.*)\]$/.exec(new URL(`http://[${bare}]`).hostname) ?? [];
  const [head = '', tail] = spelled.split('::');
  const before = head.split(':').filter(Boolean);
  const after = tail?.split(':').filter(Boolean) ?? [];
  const zeros = Array<string>(ALL_GROUPS - before.length - after.length).fill('0');
  return [...before, ...zeros, ...after].slice(0, groups).join(':');
}
