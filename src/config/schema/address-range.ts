/** Ranges of addresses in CIDR notation (RFC 4632 section 3.1, RFC 4291 section 2.3). */

import { z } from 'zod';

import { formatIpOctets, ipOctetsOf } from '../../certificate/name/ip-address.ts';

const rangeOf = (read: (text: string) => Range | string) =>
  z
    .string()
    .transform((text, { issues }) => {
      const range = read(text);
      if (typeof range === 'object') return range;
      issues.push({ code: 'custom', message: range, input: text });
      return z.NEVER;
    })
    .meta({ title: 'address range' });

/**
 * Addresses that somebody is believed from, such as `10.1.0.0/16`, `2001:db8::/32` or `192.0.2.7`.
 * What would mean more or less than it says is refused: bits beyond the prefix, IPv4 in IPv6, and a
 * prefix of 0, which is everybody.
 */
export const addressRange = rangeOf((text) => {
  const range = readAddressRange(text);
  if (typeof range === 'string' || range.prefix > 0) return range;
  return 'is every address: name the ones that are meant';
});

/** The same where a prefix of 0 makes sense, since the address is not the only proof. */
export const anyAddressRange = rangeOf(readAddressRange);

interface Range {
  readonly address: string;
  readonly prefix: number;
}

function readAddressRange(text: string): Range | string {
  const [, address = '', bits] = /^([0-9a-fA-F:.]{2,45})(?:\/(0|[1-9]\d{0,2}))?$/.exec(text) ?? [];
  const octets = ipOctetsOf(address);
  if (octets === undefined) return 'expected an address or a range such as 10.1.0.0/16';
  const length = octets.length * 8;
  if (length === 128 && /^::ffff:[^:]+:[^:]+$/.test(formatIpOctets(octets)))
    return 'expected IPv4 as such';
  const prefix = bits === undefined ? length : Number(bits);
  if (prefix > length) return `the prefix must be at most ${length}`;
  const network = octets.map((octet, index) => {
    const kept = Math.min(8, Math.max(0, prefix - index * 8));
    return octet & (0xff00 >> kept);
  });
  const canonical = formatIpOctets(network);
  if (canonical !== formatIpOctets(octets)) {
    return `has bits beyond its prefix: expected ${canonical}/${prefix} or an address alone`;
  }
  return { address: canonical, prefix };
}
