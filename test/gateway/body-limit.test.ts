import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { connect } from 'node:tls';

import { httpsRequest } from '../support/https-client.ts';
import { startRecordingUpstream } from '../support/recording-upstream.ts';
import { startGateway } from '../support/running-gateway.ts';

async function start(t: TestContext) {
  const upstream = await startRecordingUpstream();
  t.after(() => upstream.close());
  const gateway = await startGateway({
    listener: '    limits: {max_body_bytes: 1000}',
    yaml: `
token_service:
  upstream:
    url: ${upstream.url}
    kind: native
    certificate_headers: [{format: rfc9440}]
routes:
  - {path: /upload/*, max_body_bytes: 100000}
  - {path: /upload/small, max_body_bytes: 10}
`,
  });
  t.after(() => gateway.close());
  const { port, ca } = gateway;
  return {
    gateway,
    upstream,
    post: async (path: string, size: number): Promise<number> =>
      (await httpsRequest({ port, ca, path, method: 'POST', body: 'x'.repeat(size) })).status,
    /** Sends chunks of 100 octets and resolves to all that came until the connection was closed. */
    postChunked: async (path: string, chunks: number): Promise<string> => {
      const socket = connect({ host: '127.0.0.1', port, servername: 'localhost', ca });
      t.after(() => socket.destroy());
      const received: Buffer[] = [];
      socket.on('error', () => {}).on('data', (chunk: Buffer) => received.push(chunk));
      await once(socket, 'secureConnect');
      const head = `POST ${path} HTTP/1.1\r\nhost: a\r\nconnection: close\r\ntransfer-encoding: chunked\r\n\r\n`;
      socket.write(`${head}${`64\r\n${'x'.repeat(100)}\r\n`.repeat(chunks)}0\r\n\r\n`);
      await once(socket, 'close');
      return Buffer.concat(received).toString('latin1');
    },
  };
}

test('a body that says it is too large is refused before anything is sent on', async (t) => {
  const { gateway, upstream, post } = await start(t);
  assert.equal(await post('/a', 1_000), 200);
  assert.equal(await post('/a', 1_001), 413);
  assert.equal(upstream.requests.length, 1);
  const line = await gateway.logged(({ reason }) => reason === 'request_too_large');
  assert.equal(line['status'], 413);
});

test('a route has a limit of its own, the longest one', async (t) => {
  const { post } = await start(t);
  assert.equal(await post('/upload/a', 100_000), 200);
  assert.equal(await post('/upload/a', 100_001), 413);
  assert.equal(await post('/upload/small', 10), 200);
  assert.equal(await post('/upload/small', 11), 413);
});

test('a body that does not say how large it is is cut, and nobody takes a part for the whole', async (t) => {
  const { upstream, postChunked } = await start(t);
  assert.match(await postChunked('/a', 10), /^HTTP\/1\.1 200 /);
  assert.match(await postChunked('/a', 11), /^HTTP\/1\.1 413 /);
  assert.deepEqual(
    upstream.requests.map(({ body }) => body.length),
    [1_000],
  );
});
