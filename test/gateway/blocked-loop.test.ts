import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { connect as connectTls } from 'node:tls';

import { postForm } from '../support/https-client.ts';
import { EMBEDDED, startGateway } from '../support/running-gateway.ts';

test('F21: an event loop that is blocked for half a second loses no request', async (t) => {
  const gateway = await startGateway({ yaml: EMBEDDED });
  t.after(() => gateway.close());
  const { port, ca, client, managementPort } = gateway;
  const form = { grant_type: 'client_credentials', client_id: 'self-signed' };
  const requests = Array.from({ length: 20 }, () =>
    postForm({ port, ca, path: '/oauth2/token', form, ...client }),
  );
  const [first] = requests;
  await first;
  const end = performance.now() + 500;
  while (performance.now() < end);
  const answers = await Promise.all(requests);
  assert.deepEqual(new Set(answers.map(({ status }) => status)), new Set([200]));
  assert.equal((await fetch(`http://127.0.0.1:${managementPort}/readyz`)).status, 200);
});

/** Hands each octet on by itself. */
async function dribble(from: Socket, to: Socket): Promise<void> {
  to.setNoDelay(true);
  from.on('error', () => to.destroy());
  for await (const chunk of from) {
    for (const octet of chunk as Buffer) {
      to.write(Buffer.of(octet));
      await nextTurn();
    }
  }
  to.end();
}

for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
  test(`F24: ${version}: a network that carries one octet at a time changes nothing`, async (t) => {
    const gateway = await startGateway({ yaml: EMBEDDED });
    t.after(() => gateway.close());
    const relay = createServer((socket) => {
      const onward = connect({ host: '127.0.0.1', port: gateway.port });
      t.after(() => [socket, onward].forEach((each) => each.destroy()));
      void dribble(socket, onward).catch(() => {});
      void dribble(onward, socket).catch(() => {});
    });
    t.after(() => relay.close());
    relay.listen(0, '127.0.0.1');
    await once(relay, 'listening');
    const { port } = relay.address() as AddressInfo;
    const { certificatePem: cert, privateKeyPem: key } = gateway.client;
    const socket = connectTls({
      host: '127.0.0.1',
      port,
      servername: 'localhost',
      ca: gateway.ca,
      cert,
      key,
      minVersion: version,
      maxVersion: version,
    });
    t.after(() => socket.destroy());
    await once(socket, 'secureConnect');
    const body = 'grant_type=client_credentials&client_id=self-signed';
    socket.write(
      `POST /oauth2/token HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/x-www-form-urlencoded\r\ncontent-length: ${body.length}\r\nconnection: close\r\n\r\n${body}`,
    );
    const answer = Buffer.concat((await socket.toArray()) as Buffer[]).toString();
    assert.match(answer, /^HTTP\/1\.1 200 [^]*"access_token"/);
    const line = await gateway.logged(({ msg }) => msg === 'request');
    assert.equal(line['thumbprint'], gateway.client.thumbprint);
  });
}
