/** Which addresses are ever connected to. The list is IANA's of special-purpose addresses, inverted. */

import { BlockList, isIP } from 'node:net';

type Range = readonly [address: string, prefix: number];

/** What other machines of one's own network have, and the machine itself. */
const PRIVATE: readonly Range[] = [
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
  ['::1', 128],
  ['fc00::', 7],
];

/**
 * Never of any use to us. Link-local addresses are here and not among the private ones since cloud
 * metadata services, which hand out credentials, have them; the single addresses are of such
 * services elsewhere.
 */
const NEVER: readonly Range[] = [
  ['0.0.0.0', 8],
  ['100.100.100.200', 32],
  ['169.254.0.0', 16],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
  ['fd00:ec2::254', 128],
];

/** Outside of it there is no public IPv6 address, only translations and tunnels of other ones. */
const GLOBAL_IPV6: readonly Range[] = [['2000::', 3]];

const privateAddresses = blockList(PRIVATE);
const neverAddresses = blockList(NEVER);
const globalIpv6Addresses = blockList(GLOBAL_IPV6);

/**
 * Why the address (IPv4 or IPv6 in text) must not be connected to, or undefined when it may be. An
 * IPv4 address in IPv6 clothes is judged as what it is.
 */
export function addressProblem(
  address: string,
  { allowPrivateAddresses }: { readonly allowPrivateAddresses: boolean },
): string | undefined {
  const plain = mappedIpv4(address) ?? address;
  const version = isIP(plain);
  if (version === 0) return 'is not an address';
  if (plain.includes('%')) return 'belongs to one network interface';
  const family = version === 4 ? 'ipv4' : 'ipv6';
  if (neverAddresses.check(plain, family)) return 'is reserved or link-local';
  if (privateAddresses.check(plain, family)) {
    return allowPrivateAddresses ? undefined : 'is private or of the machine itself';
  }
  if (family === 'ipv6' && !globalIpv6Addresses.check(plain, family)) return 'is not public';
  return undefined;
}

/** The IPv4 address inside `::ffff:0:0/96`, as `URL` and the resolver spell it; else undefined. */
function mappedIpv4(address: string): string | undefined {
  if (isIP(address) !== 6 || address.includes('%')) return undefined;
  const canonical = new URL(`http://[${address}]`).hostname;
  const [, high, low] = /^\[::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})\]$/.exec(canonical) ?? [];
  if (high === undefined || low === undefined) return undefined;
  const octets = Buffer.alloc(4);
  octets.writeUInt16BE(Number.parseInt(high, 16), 0);
  octets.writeUInt16BE(Number.parseInt(low, 16), 2);
  return octets.join('.');
}

function blockList(ranges: readonly Range[]): BlockList {
  const list = new BlockList();
  for (const [address, prefix] of ranges) {
    list.addSubnet(address, prefix, address.includes(':') ? 'ipv6' : 'ipv4');
  }
  return list;
}
