import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:tls';
import type { TLSSocket } from 'node:tls';
import test from 'node:test';
import type { TestContext } from 'node:test';

import { CertboundError } from '../../src/errors.ts';
import { readBounded } from '../../src/http/body.ts';
import { createUpstream } from '../../src/upstream/forward.ts';
import { createUpstreamPool } from '../../src/upstream/pool.ts';
import { pathOf } from '../support/raw-upstream.ts';
import { createAuthority } from '../support/pki.ts';

async function start(t: TestContext, answer: (socket: TLSSocket, path: string) => void) {
  const ca = await createAuthority();
  const san = { dns: ['localhost'] };
  const { privateKeyPem: key, certificatePem: cert } = await ca.issue({ san, eku: ['serverAuth'] });
  const server = createServer({ key, cert }, (socket) => {
    socket.on('error', () => {});
    socket.on('data', (head: Buffer) => answer(socket, pathOf(head.toString('latin1'))));
    t.after(() => socket.destroy());
  });
  t.after(() => server.close());
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const pool = createUpstreamPool({
    origin: `https://localhost:${(server.address() as AddressInfo).port}`,
    caPems: [ca.certificatePem],
    connectTimeoutMs: 10_000,
    responseTimeoutMs: 20_000,
    bodyIdleTimeoutMs: 20_000,
    maxConnections: 2,
    maxQueue: 2,
  });
  t.after(() => pool.destroy());
  const upstream = createUpstream(pool, () => {});
  return async (target: string): Promise<string | undefined> => {
    const { signal } = new AbortController();
    const asked = {
      method: 'GET',
      target,
      headers: [],
      body: undefined,
      signal,
      network: 'client',
    };
    const { body } = await upstream.send(asked);
    return (await readBounded(body, 1_000_000))?.toString('latin1');
  };
}

test('an answer over TLS that ends with the connection is refused: a cut could not be told from it', async (t) => {
  const ask = await start(t, (socket, path) => {
    // With the alert `close_notify`, and without.
    const head = 'HTTP/1.0 200 OK\r\n\r\n{"a":';
    if (path === '/closed') socket.end(`${head}1}`);
    else socket.write(head, () => socket.destroy());
  });
  for (const path of ['/closed', '/cut']) await assert.rejects(ask(path), isInvalid);
});

test('an answer over TLS that has a length ends with it, and not before', async (t) => {
  const ask = await start(t, (socket, path) => {
    socket.write('HTTP/1.0 200 OK\r\nContent-Length: 7\r\n\r\n{"a":');
    if (path === '/whole') socket.end('1}');
    else socket.end();
  });
  assert.equal(await ask('/whole'), '{"a":1}');
  await assert.rejects(ask('/cut'), /closed the connection/);
});

function isInvalid(error: unknown): boolean {
  return error instanceof CertboundError && error.reason === 'upstream_answer_invalid';
}
