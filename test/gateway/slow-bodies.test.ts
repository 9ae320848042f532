import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { connect } from 'node:tls';
import type { TLSSocket } from 'node:tls';

import { httpsRequest } from '../support/https-client.ts';
import { startRecordingUpstream } from '../support/recording-upstream.ts';
import { startGateway } from '../support/running-gateway.ts';
import type { GatewayFixture } from '../support/running-gateway.ts';

/** Connections to the upstream; of the clients there are more. */
const CONNECTIONS = 2;
const CLIENTS = CONNECTIONS + 1;

async function start(t: TestContext): Promise<GatewayFixture> {
  const upstream = await startRecordingUpstream((_, response) => response.end('fine'));
  const gateway = await startGateway({
    yaml: `
token_service:
  upstream: {kind: native, url: '${upstream.url}', max_connections: ${CONNECTIONS}}
clients: []
`,
  });
  t.after(async () => {
    await gateway.close();
    await upstream.close();
  });
  return gateway;
}

/** Sends the beginning of a body, which somebody waits for from then on, and no more. */
async function sendBeginning({ port, ca }: GatewayFixture, octets: number): Promise<TLSSocket> {
  const socket = connect({ port, host: '127.0.0.1', servername: 'localhost', ca });
  socket.on('error', () => {});
  const head = 'POST /anything HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\n';
  socket.write(`${head}Content-Length: ${octets + 100}\r\n\r\n`);
  const [answer] = (await once(socket, 'data')) as [Buffer];
  assert.match(answer.toString('latin1'), /^HTTP\/1\.1 100 /);
  socket.write(Buffer.alloc(octets));
  return socket;
}

for (const octets of [1, 200_000]) {
  test(`clients that send a body of more than ${octets} octets slowly hold up nobody else`, async (t) => {
    const gateway = await start(t);
    const { port, ca } = gateway;
    const sockets = await Promise.all(
      Array.from({ length: CLIENTS }, () => sendBeginning(gateway, octets)),
    );
    const [page, form] = await Promise.all([
      httpsRequest({ port, ca, method: 'GET', path: '/page' }),
      httpsRequest({ port, ca, method: 'POST', path: '/login', body: 'name=alice' }),
    ]);
    assert.deepEqual([page.status, form.status], [200, 200]);
    for (const socket of sockets) socket.destroy();
  });
}
