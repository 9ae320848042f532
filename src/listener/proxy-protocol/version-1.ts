/** Version 1: one line of text, such as `PROXY TCP4 192.0.2.7 10.0.0.1 56324 9443`. */

import { isIPv4 } from 'node:net';
import { ipOctetsOf } from '../../certificate/name/ip-address.ts';
import { ProxyHeaderError } from '../../errors.ts';
import { addressText } from './address-text.ts';
import type { ProxyHeader } from './header.ts';

export const HEADER_LINE_START = Buffer.from('PROXY ', 'latin1');

/** The longest line that the specification knows, its end included (section 2.1). */
const MAX_OCTETS = 107;

const PORT = /^(?:0|[1-9]\d{0,4})$/;

/**
 * Reads the line; undefined while its end has not come. Everything is one space apart, ports and
 * addresses have one spelling, and the line ends in CR LF, as section 2.1 demands of senders.
 *
 * @throws ProxyHeaderError
 */
export function readHeaderLine(bytes: Buffer): ProxyHeader | undefined {
  const text = bytes.toString('latin1', 0, MAX_OCTETS);
  const end = text.indexOf('\r\n');
  const line = end < 0 ? text.replace(/\r$/, '') : text.slice(0, end);
  if (/[^\x20-\x7e]/.test(line)) throw invalid('an octet that is not printable');
  if (end < 0) {
    if (bytes.length < MAX_OCTETS) return undefined;
    throw invalid(`no end of the line within ${MAX_OCTETS} octets`);
  }
  return { version: 1, length: end + 2, client: clientOf(line), extensions: undefined };
}

function clientOf(line: string): ProxyHeader['client'] {
  const [, family, ...words] = line.split(' ');
  // What follows UNKNOWN must be ignored (section 2.1).
  if (family === 'UNKNOWN') return undefined;
  if (family !== 'TCP4' && family !== 'TCP6') throw invalid('neither TCP4, TCP6 nor UNKNOWN');
  if (words.length !== 4) throw invalid('not two addresses and two ports');
  const [source = '', destination = '', sourcePort = '', destinationPort = ''] = words;
  const octets = octetsOf(source, family);
  octetsOf(destination, family);
  portOf(destinationPort);
  return { address: addressText(octets), port: portOf(sourcePort) };
}

function octetsOf(address: string, family: 'TCP4' | 'TCP6'): Uint8Array {
  const octets = ipOctetsOf(address);
  if (octets === undefined || isIPv4(address) !== (family === 'TCP4')) {
    throw invalid(`an address that is not of ${family}`);
  }
  return octets;
}

function portOf(text: string): number {
  const port = PORT.test(text) ? Number(text) : 65_536;
  if (port > 65_535) throw invalid('a port that is none');
  return port;
}

function invalid(detail: string): ProxyHeaderError {
  return new ProxyHeaderError('proxy_header_invalid', `version 1: ${detail}`);
}
