/** Whether an address, or the authority that somebody asked for, is this machine itself. */

import { BlockList, isIP } from 'node:net';

const LOOPBACK = new BlockList();
LOOPBACK.addSubnet('127.0.0.0', 8, 'ipv4');
LOOPBACK.addAddress('::1', 'ipv6');

/** host [ ":" port ], the host of IPv6 in brackets. */
const AUTHORITY = /^(?:\[([0-9a-f:.]{2,45})\]|([a-z0-9.-]{1,253}))(?::\d{1,5})?$/i;

/** True for 127.0.0.0/8 and ::1, also written as an IPv4 address within IPv6. */
export function isLoopbackAddress(address: string | undefined): boolean {
  const plain = address?.replace(/^::ffff:(?=\d+\.)/i, '') ?? '';
  const family = isIP(plain);
  return family !== 0 && LOOPBACK.check(plain, family === 4 ? 'ipv4' : 'ipv6');
}

/**
 * True for `localhost` and for loopback addresses, with or without a port. A page of another site
 * whose name was made to lead here (DNS rebinding) asks for that name.
 */
export function isLoopbackAuthority(host: string | undefined): boolean {
  const [, ipv6, name] = AUTHORITY.exec(host ?? '') ?? [];
  return name?.toLowerCase() === 'localhost' || isLoopbackAddress(ipv6 ?? name);
}
