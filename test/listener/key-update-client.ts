/** A TLS 1.3 client that sends KeyUpdate messages, which no TLS library lets one send at will. */

import { createCipheriv, createHmac } from 'node:crypto';
import { once } from 'node:events';
import { connect as connectTcp } from 'node:net';
import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';
import type { TestContext } from 'node:test';
import { connect as connectTls } from 'node:tls';
import type { RunningListener } from './running-listener.ts';
import { tlsRecord } from './client-hello.ts';

const HASH = 'sha256';
const RECORD_APPLICATION_DATA = 23;
/** KeyUpdate with update_not_requested, and the content type of a handshake message. */
const KEY_UPDATE = Buffer.from([24, 0, 0, 1, 0, 22]);
const TAG_BYTES = 16;

export interface KeyUpdateClient {
  /** The TCP connection below. */
  readonly socket: Socket;
  /** The next records of the client, one KeyUpdate in each. */
  records(count: number): Buffer;
  closed(): Promise<void>;
}

export async function connectForKeyUpdates(
  t: TestContext,
  { port, ca }: Pick<RunningListener, 'port' | 'ca'>,
): Promise<KeyUpdateClient> {
  const socket = connectTcp({ host: '127.0.0.1', port });
  t.after(() => socket.destroy());
  const closed = new Promise<void>((resolve) => void socket.once('close', () => resolve()));
  socket.on('error', () => {});
  // The engine's own writes go through it, so that ours can follow them.
  const below = new Duplex({
    read: () => {},
    write: (chunk: Buffer, _, done) => void socket.write(chunk, () => done()),
  });
  socket.on('data', (chunk: Buffer) => below.push(chunk));
  const tls = connectTls({
    socket: below,
    ca,
    servername: 'localhost',
    minVersion: 'TLSv1.3',
    ciphers: 'TLS_AES_128_GCM_SHA256',
  });
  tls.on('error', () => {});
  let secret: Buffer | undefined;
  tls.on('keylog', (line: Buffer) => {
    const [label, , value = ''] = line.toString('latin1').trim().split(' ');
    if (label === 'CLIENT_TRAFFIC_SECRET_0') secret = Buffer.from(value, 'hex');
  });
  await once(tls, 'secureConnect');
  if (secret === undefined) throw new Error('the engine told no secret');
  let current = secret;
  return {
    socket,
    records: (count) => {
      const records: Buffer[] = [];
      for (let at = 0; at < count; at += 1) {
        records.push(protectedRecord(current));
        current = expandLabel(current, 'traffic upd', 32);
      }
      return Buffer.concat(records);
    },
    closed: () => closed,
  };
}

/** RFC 8446 section 5.2; the first record of each key, so that the nonce is the IV itself. */
function protectedRecord(secret: Buffer): Buffer {
  const header = tlsRecord(RECORD_APPLICATION_DATA, 0x0303, KEY_UPDATE).subarray(0, 5);
  header.writeUInt16BE(KEY_UPDATE.length + TAG_BYTES, 3);
  const cipher = createCipheriv(
    'aes-128-gcm',
    expandLabel(secret, 'key', 16),
    expandLabel(secret, 'iv', 12),
  );
  cipher.setAAD(header);
  return Buffer.concat([header, cipher.update(KEY_UPDATE), cipher.final(), cipher.getAuthTag()]);
}

/** HKDF-Expand-Label of RFC 8446 section 7.1 without context, for at most one block. */
function expandLabel(secret: Buffer, label: string, length: number): Buffer {
  const full = Buffer.from(`tls13 ${label}`);
  const info = Buffer.concat([Buffer.from([0, length, full.length]), full, Buffer.from([0, 1])]);
  return createHmac(HASH, secret).update(info).digest().subarray(0, length);
}
