/** PROXY headers as load balancers send them, written octet by octet. */

import { ipOctetsOf } from '../../../src/certificate/name/ip-address.ts';

export const SIGNATURE = Buffer.from('0d0a0d0a000d0a515549540a', 'hex');

export interface BinaryHeaderParts {
  /** Version and command. */
  readonly command?: number;
  /** Family and transport. */
  readonly family?: number;
  readonly addresses?: Uint8Array;
  readonly extensions?: readonly Uint8Array[];
  /** The length that is announced; that of the rest where absent. */
  readonly length?: number;
}

/** A header of version 2; one of a client at 192.0.2.7 port 4711 unless told otherwise. */
export function binaryHeader(parts: BinaryHeaderParts = {}): Buffer {
  const { command = 0x21, family = 0x11, extensions = [] } = parts;
  const addresses = parts.addresses ?? endpoints('192.0.2.7', '10.0.0.1', 4711, 9443);
  const rest = Buffer.concat([addresses, ...extensions]);
  const fixed = Buffer.alloc(4);
  fixed.writeUInt8(command, 0);
  fixed.writeUInt8(family, 1);
  fixed.writeUInt16BE(parts.length ?? rest.length, 2);
  return Buffer.concat([SIGNATURE, fixed, rest]);
}

export function endpoints(
  source: string,
  destination: string,
  sourcePort: number,
  destinationPort: number,
): Buffer {
  const ports = Buffer.alloc(4);
  ports.writeUInt16BE(sourcePort, 0);
  ports.writeUInt16BE(destinationPort, 2);
  return Buffer.concat([
    ipOctetsOf(source) ?? Buffer.alloc(0),
    ipOctetsOf(destination) ?? Buffer.alloc(0),
    ports,
  ]);
}

export function extension(type: number, value: string | Uint8Array): Buffer {
  const octets = typeof value === 'string' ? Buffer.from(value, 'latin1') : Buffer.from(value);
  const head = Buffer.alloc(3);
  head.writeUInt8(type, 0);
  head.writeUInt16BE(octets.length, 1);
  return Buffer.concat([head, octets]);
}

/** What a sender says of its TLS with the client: flags, outcome of verifying, then its own list. */
export function tlsExtension(flags: number, ...inner: readonly Uint8Array[]): Buffer {
  return extension(0x20, Buffer.concat([Buffer.from([flags, 0, 0, 0, 0]), ...inner]));
}

/** With every kind of extension that is read; the checksum was computed by another program. */
export const FULL_HEADER = binaryHeader({
  extensions: [
    extension(0x01, 'h2'),
    extension(0x02, 'gateway.example'),
    extension(0x03, Buffer.from('0303a576', 'hex')),
    extension(0x04, Buffer.alloc(5)),
    extension(0x05, 'id-1'),
    tlsExtension(0x07, extension(0x21, 'TLSv1.3'), extension(0x22, 'CN=admin')),
    extension(0xea, 'vpce-1'),
  ],
});
