/**
 * Runs in a network of its own: clients behind a relay that is slow, and that loses two packets of a
 * hundred on its way to the gateway. Prints what the clients were told, and what the gateway logged.
 */

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import process from 'node:process';
import { setImmediate as nextTurn, setTimeout as pause } from 'node:timers/promises';
import { connect as connectTls } from 'node:tls';
import type { SecureVersion } from 'node:tls';

import { readAnswer } from '../support/load-answer.ts';
import { droppedPackets, dropPackets, POOR_ADDRESS } from '../support/network-world.ts';
import type { Issued } from '../support/pki.ts';
import { EMBEDDED, startGateway } from '../support/running-gateway.ts';

const CLIENTS = 8;
/** Half of what a packet and its answer take. */
const DELAY_MS = 50;

type Carry = (chunk: Buffer, to: Socket) => Promise<void>;

const CARRIES: Readonly<Record<string, Carry>> = {
  whole: async (chunk, to) => void to.write(chunk),
  octets: async (chunk, to) => {
    for (const octet of chunk) {
      to.write(Buffer.of(octet));
      await nextTurn();
    }
  },
};

const gateway = await startGateway({
  yaml: EMBEDDED,
  listener: '    limits: {handshake_timeout: 5m, header_timeout: 5m, request_timeout: 5m}\n',
});
for (const side of ['saddr', 'daddr']) {
  dropPackets(`ip ${side} ${POOR_ADDRESS} numgen random mod 100 < 2`);
}

const statuses: Record<string, number> = {};
for (const [name, carry] of Object.entries(CARRIES)) {
  const port = await startRelay(carry);
  for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
    const asked = Array.from({ length: CLIENTS }, (_, index) =>
      // Every fourth shows a certificate that is not the client's.
      tokenStatus(port, version, index % 4 === 0 ? gateway.stranger : gateway.client),
    );
    for (const status of await Promise.all(asked)) {
      const key = `${name} ${version} ${status}`;
      statuses[key] = (statuses[key] ?? 0) + 1;
    }
  }
}
const dropped = droppedPackets();
process.stdout.write(`${JSON.stringify({ statuses, dropped })}\n`);
await gateway.close();

async function startRelay(carry: Carry): Promise<number> {
  const relay = createServer((socket) => {
    const onward = connect({
      host: '127.0.0.1',
      port: gateway.port,
      localAddress: POOR_ADDRESS,
      noDelay: true,
    });
    socket.setNoDelay(true);
    void passOn(socket, onward, carry);
    void passOn(onward, socket, carry);
  });
  relay.listen(0, '127.0.0.1');
  await once(relay, 'listening');
  relay.unref();
  return (relay.address() as AddressInfo).port;
}

async function passOn(from: Socket, to: Socket, carry: Carry): Promise<void> {
  try {
    for await (const chunk of from) {
      await pause(DELAY_MS);
      await carry(chunk as Buffer, to);
    }
    to.end();
  } catch {
    to.destroy();
  }
}

async function tokenStatus(port: number, version: SecureVersion, client: Issued): Promise<number> {
  const socket = connectTls({
    host: '127.0.0.1',
    port,
    servername: 'localhost',
    ca: gateway.ca,
    cert: client.certificatePem,
    key: client.privateKeyPem,
    minVersion: version,
    maxVersion: version,
  });
  await once(socket, 'secureConnect');
  const body = 'grant_type=client_credentials&client_id=self-signed';
  const type = 'content-type: application/x-www-form-urlencoded';
  socket.write(
    `POST /oauth2/token HTTP/1.1\r\nhost: localhost\r\n${type}\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
  );
  let received = '';
  for await (const chunk of socket) {
    received += (chunk as Buffer).toString('latin1');
    const answer = readAnswer(received);
    if (answer !== undefined) return answer.status;
  }
  return assert.fail('no answer');
}
