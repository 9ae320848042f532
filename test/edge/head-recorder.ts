/** A TLS server that keeps the head of a request as it came, octet for octet. */

import { once } from 'node:events';
import { createServer } from 'node:tls';
import type { AddressInfo } from 'node:net';
import type { TestContext } from 'node:test';

import type { Issued } from '../support/pki.ts';

export interface HeadRecorder {
  readonly port: number;
  /** The last head, in latin1; lines end in CRLF. */
  lastHead(): string;
  /** The certificate that the sender of the last head has shown for itself. */
  lastSender(): Buffer | undefined;
}

export async function startHeadRecorder(t: TestContext, server: Issued): Promise<HeadRecorder> {
  let [head, sender]: [string, Buffer | undefined] = ['', undefined];
  const listener = createServer(
    {
      cert: server.certificatePem,
      key: server.privateKeyPem,
      requestCert: true,
      rejectUnauthorized: false,
    },
    (socket) => {
      let received = '';
      socket.on('error', () => socket.destroy());
      socket.on('data', (chunk: Buffer) => {
        received += chunk.toString('latin1');
        if (!received.includes('\r\n\r\n')) return;
        [head, sender] = [received, socket.getPeerX509Certificate()?.raw];
        socket.end('HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n');
      });
    },
  );
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  t.after(() => listener.close());
  const { port } = listener.address() as AddressInfo;
  return { port, lastHead: () => head, lastSender: () => sender };
}
