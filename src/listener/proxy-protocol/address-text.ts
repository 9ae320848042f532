/** The address that a PROXY header names, as text. */

import { formatIpOctets } from '../../certificate/name/ip-address.ts';

/** The first octets of an IPv4 address mapped into IPv6 (RFC 4291 section 2.5.5.2). */
const MAPPED = Buffer.from('00000000000000000000ffff', 'hex');

/** The one spelling (RFC 5952) of an address of 4 or 16 octets; mapped IPv4 as IPv4. */
export function addressText(octets: Uint8Array): string {
  const isMapped = octets.length === 16 && MAPPED.equals(octets.subarray(0, MAPPED.length));
  return formatIpOctets(isMapped ? octets.subarray(MAPPED.length) : octets);
}
