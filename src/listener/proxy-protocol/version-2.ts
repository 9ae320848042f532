/** Version 2: a binary header, a block of addresses, and extensions (section 2.2). */

import { ProxyHeaderError } from '../../errors.ts';
import { addressText } from './address-text.ts';
import { checksumFits } from './checksum.ts';
import { readExtensions } from './extensions.ts';
import type { ProxyHeader } from './header.ts';

export const BINARY_HEADER_START = Buffer.from('0d0a0d0a000d0a515549540a', 'hex');

/** Start, version and command, family and transport, length of what follows. */
const FIXED_OCTETS = 16;

/**
 * The specification allows 65,535. Senders that pass on the certificate of a client come to about
 * two thousand; nobody may have us hold more than this before the handshake.
 */
const MAX_FOLLOWING_OCTETS = 4_096;

const LOCAL = 0x20;
const PROXY = 0x21;

/** Octets of one address, by family: the upper half of the octet, the lower is the transport. */
const ADDRESS_OCTETS: ReadonlyMap<number, number> = new Map([
  [0x1, 4],
  [0x2, 16],
  // A Unix socket: it has a path, which is no address of a client.
  [0x3, 108],
]);
const UNIX = 0x3;

/**
 * Reads the header; undefined while it is not complete.
 *
 * @throws ProxyHeaderError
 */
export function readBinaryHeader(bytes: Buffer): ProxyHeader | undefined {
  const command = bytes[12] ?? PROXY;
  const family = bytes[13] ?? 0;
  if (command !== LOCAL && command !== PROXY) throw invalid('unknown version or command');
  if (bytes.length < FIXED_OCTETS) return undefined;
  const length = FIXED_OCTETS + bytes.readUInt16BE(14);
  if (length > FIXED_OCTETS + MAX_FOLLOWING_OCTETS) {
    throw invalid(`more than ${MAX_FOLLOWING_OCTETS} octets`);
  }
  // The sender's own connection, a health check say: the block must be discarded. So is the block
  // of a client of no family, where nothing tells addresses from extensions.
  const isClientNamed = command === PROXY && family !== 0;
  const addressOctets = isClientNamed ? addressOctetsOf(family) : 0;
  if (isClientNamed && length < endOfAddresses(addressOctets, family)) {
    throw invalid('shorter than its addresses');
  }
  if (bytes.length < length) return undefined;
  if (!isClientNamed) return { version: 2, length, client: undefined, extensions: undefined };

  const header = bytes.subarray(0, length);
  const start = endOfAddresses(addressOctets, family);
  const extensions = length === start ? undefined : readExtensions(header.subarray(start));
  const checksumAt = extensions?.checksumAt;
  if (checksumAt !== undefined && !checksumFits(header, start + checksumAt)) {
    throw invalid('the checksum does not fit');
  }
  return { version: 2, length, client: clientOf(header, addressOctets), extensions };
}

/** @throws ProxyHeaderError for a family or transport that the specification does not assign. */
function addressOctetsOf(family: number): number {
  const octets = ADDRESS_OCTETS.get(family >> 4);
  const transport = family & 0xf;
  if (octets === undefined || (transport !== 1 && transport !== 2)) {
    throw invalid('unknown family or transport');
  }
  return octets;
}

/** Two addresses, and two ports where the family has ports. */
function endOfAddresses(addressOctets: number, family: number): number {
  return FIXED_OCTETS + 2 * addressOctets + (family >> 4 === UNIX ? 0 : 4);
}

function clientOf(header: Buffer, addressOctets: number): ProxyHeader['client'] {
  if (addressOctets > 16) return undefined;
  const address = header.subarray(FIXED_OCTETS, FIXED_OCTETS + addressOctets);
  const port = header.readUInt16BE(FIXED_OCTETS + 2 * addressOctets);
  return { address: addressText(address), port };
}

function invalid(detail: string): ProxyHeaderError {
  return new ProxyHeaderError('proxy_header_invalid', `version 2: ${detail}`);
}
