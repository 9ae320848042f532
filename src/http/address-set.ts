/** Which addresses somebody is believed from: ranges of IPv4 and IPv6, as the configuration lists them. */

import { BlockList, isIP } from 'node:net';

/** `address/prefix` of CIDR notation (RFC 4632 section 3.1, RFC 4291 section 2.3). */
export interface AddressRange {
  readonly address: string;
  /** Bits of the address that count: up to 32 for IPv4, up to 128 for IPv6. */
  readonly prefix: number;
}

export interface AddressSet {
  /**
   * Whether the address, as a socket tells it, lies in one of the ranges. An IPv4 address mapped
   * into IPv6 is IPv4, a zone (`%eth0`) does not count, and what is no address lies in none.
   */
  has(address: string): boolean;
}

export function createAddressSet(ranges: readonly AddressRange[]): AddressSet {
  // Most are empty, and some are asked at each request.
  if (ranges.length === 0) return { has: () => false };
  // A list each: one for both would find every IPv4 address in `::/1`, where its mapped form is.
  const ipv4 = new BlockList();
  const ipv6 = new BlockList();
  for (const { address, prefix } of ranges) {
    if (isIP(address) === 4) ipv4.addSubnet(address, prefix, 'ipv4');
    else ipv6.addSubnet(address, prefix, 'ipv6');
  }
  return {
    has: (address) => {
      const plain = address.replace(/%.*$/s, '').replace(/^::ffff:(?=\d+\.)/i, '');
      switch (isIP(plain)) {
        case 4:
          return ipv4.check(plain, 'ipv4');
        case 6:
          return ipv6.check(plain, 'ipv6');
        default:
          return false;
      }
    },
  };
}
