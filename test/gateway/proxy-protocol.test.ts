import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect as connectTcp } from 'node:net';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { connect as connectTls } from 'node:tls';

import { startHaproxy, withoutHaproxy } from '../support/haproxy.ts';
import { startRecordingUpstream } from '../support/recording-upstream.ts';
import { startGateway } from '../support/running-gateway.ts';
import type { GatewayFixture } from '../support/running-gateway.ts';

/** The client's own address; that of the load balancer is 127.0.0.1. */
const CLIENT = '127.0.0.2';

async function start(t: TestContext) {
  const upstream = await startRecordingUpstream();
  t.after(() => upstream.close());
  const gateway = await startGateway({
    listener: '    proxy_protocol: {peers: [127.0.0.1]}',
    yaml: `log: {level: debug}\ntoken_service: {upstream: {url: '${upstream.url}'}}`,
  });
  t.after(() => gateway.close());
  return { upstream, gateway };
}

/** One request of a client at `CLIENT`, with what it sends before its TLS. */
async function get(gateway: GatewayFixture, port: number, preamble = ''): Promise<string> {
  const below = connectTcp({ host: '127.0.0.1', port, localAddress: CLIENT });
  await once(below, 'connect');
  if (preamble !== '') below.write(preamble);
  const socket = connectTls({
    socket: below,
    ca: gateway.ca,
    servername: 'localhost',
    cert: gateway.client.certificatePem,
    key: gateway.client.privateKeyPem,
  });
  socket.write('GET /me HTTP/1.1\r\nHost: gateway.example\r\nX-Forwarded-For: 6.6.6.6\r\n');
  socket.write('Forwarded: for=6.6.6.6\r\nConnection: close\r\n\r\n');
  const chunks = await socket.toArray();
  return Buffer.concat(chunks as Buffer[]).toString('latin1');
}

for (const [title, option] of [
  ['version 1', 'send-proxy'],
  ['version 2', 'send-proxy-v2'],
  ['version 2 with TLS and checksum', 'send-proxy-v2-ssl proxy-v2-options crc32c,unique-id'],
] as const) {
  const skip = withoutHaproxy;
  test(`behind HAProxy (${title}) the client's address is known`, { skip }, async (t) => {
    const { gateway, upstream } = await start(t);
    const lines = [
      'mode tcp',
      'unique-id-format id-%ci',
      `server gateway 127.0.0.1:${gateway.port} ${option}`,
    ];
    const port = await startHaproxy(t, { lines });
    assert.match(await get(gateway, port), /^HTTP\/1\.1 200 /);

    const [request] = upstream.requests;
    assert.equal(request?.headers['x-forwarded-for'], CLIENT);
    assert.equal(request.headers['forwarded'], `for=${CLIENT};host=gateway.example;proto=https`);
    const line = await gateway.logged(({ msg }) => msg === 'request');
    assert.equal(line['peer'], CLIENT);
    assert.equal(line['socket'], '127.0.0.1');
    assert.equal(line['thumbprint'], gateway.client.thumbprint);
    if (option.includes('unique-id')) {
      const told = await gateway.logged(({ unique_id: id }) => id !== undefined);
      assert.equal(told['unique_id'], `id-${CLIENT}`);
    }
  });
}

test(
  'F25: the health check of HAProxy is let pass as a connection of its own',
  { skip: withoutHaproxy },
  async (t) => {
    const { gateway } = await start(t);
    const server = `server gateway 127.0.0.1:${gateway.port} send-proxy-v2 check check-ssl verify none inter 100`;
    const port = await startHaproxy(t, { lines: ['mode tcp', server] });
    const line = await gateway.logged(({ msg }) => msg === 'handshake');
    assert.equal(line['peer'], '127.0.0.1');
    assert.equal(line['socket'], undefined);
    assert.match(await get(gateway, port), /^HTTP\/1\.1 200 /);
  },
);

test('T19: a client that writes a PROXY header of its own is not believed', async (t) => {
  const { gateway, upstream } = await start(t);
  const spoofed = get(gateway, gateway.port, 'PROXY TCP4 6.6.6.6 10.0.0.1 1 2\r\n');
  assert.equal(await spoofed.catch(() => ''), '');
  const line = await gateway.logged(({ reason }) => reason === 'proxy_peer_unlisted');
  assert.equal(line['peer'], CLIENT);
  assert.equal(upstream.requests.length, 0);
  assert.match(
    await gateway.metrics(),
    /^certbound_refusals_total\{reason="proxy_peer_unlisted"\} 1$/m,
  );
});
