/** TLS records written by hand, for what no TLS library would send. */

import { randomBytes } from 'node:crypto';

export function tlsRecord(type: number, version: number, content: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from([type]), uint(version, 2), prefixed(content, 2)]);
}

/** A handshake message in a record of its own. */
export function handshakeRecord(messageType: number, content: Uint8Array): Buffer {
  const message = Buffer.concat([Buffer.from([messageType]), prefixed(content, 3)]);
  return tlsRecord(22, 0x0303, message);
}

/** A ClientHello of TLS 1.2 (or of the given older version) that a server answers in full. */
export function clientHello({
  version = 0x0303,
  serverName = 'localhost',
  serverNameExtension,
}: {
  readonly version?: number;
  readonly serverName?: string;
  /** The content of the extension in place of the one that `serverName` makes. */
  readonly serverNameExtension?: Buffer;
} = {}): Buffer {
  const name = Buffer.from(serverName, 'latin1');
  const named = prefixed(Buffer.concat([Buffer.from([0]), prefixed(name, 2)]), 2);
  const extensions = Buffer.concat([
    extension(0, serverNameExtension ?? named),
    // secp256r1; uncompressed points; ecdsa_secp256r1_sha256, rsa_pss_rsae_sha256
    extension(10, prefixed(Buffer.from('0017', 'hex'), 2)),
    extension(11, prefixed(Buffer.from([0]), 1)),
    extension(13, prefixed(Buffer.from('04030804', 'hex'), 2)),
  ]);
  const hello = Buffer.concat([
    uint(version, 2),
    randomBytes(32),
    prefixed(Buffer.alloc(0), 1),
    // ECDHE-ECDSA and ECDHE-RSA with AES128-GCM-SHA256
    prefixed(Buffer.from('c02bc02f', 'hex'), 2),
    prefixed(Buffer.from([0]), 1),
    prefixed(extensions, 2),
  ]);
  return handshakeRecord(1, hello);
}

/** The content of one record in records of at most `size` octets. */
export function reRecorded(record: Buffer, size: number): Buffer {
  const content = record.subarray(5);
  const records: Buffer[] = [];
  for (let at = 0; at < content.length; at += size) {
    records.push(
      tlsRecord(record.readUInt8(0), record.readUInt16BE(1), content.subarray(at, at + size)),
    );
  }
  return Buffer.concat(records);
}

/** A Certificate message of TLS 1.2 that holds one certificate. */
export function certificateMessage(certificate: Uint8Array): Buffer {
  return handshakeRecord(11, prefixed(prefixed(certificate, 3), 3));
}

function extension(type: number, content: Uint8Array): Buffer {
  return Buffer.concat([uint(type, 2), prefixed(content, 2)]);
}

function prefixed(content: Uint8Array, lengthBytes: number): Buffer {
  return Buffer.concat([uint(content.length, lengthBytes), content]);
}

function uint(value: number, bytes: number): Buffer {
  const buffer = Buffer.alloc(bytes);
  buffer.writeUIntBE(value, 0, bytes);
  return buffer;
}
