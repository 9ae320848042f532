import assert from 'node:assert/strict';
import test from 'node:test';

import { readBounded } from '../../src/http/body.ts';
import { createUpstream } from '../../src/upstream/forward.ts';
import { createUpstreamPool } from '../../src/upstream/pool.ts';
import { pathOf, startRawUpstream } from '../support/raw-upstream.ts';

const BASE = {
  connectTimeoutMs: 5_000,
  responseTimeoutMs: 20_000,
  bodyIdleTimeoutMs: 20_000,
  maxConnections: 8,
  maxQueue: 100,
};

/** Octets that no answer has like another one. */
function bodyOf(path: string): Buffer {
  const [, size = '', seed = ''] = path.split('/');
  return Buffer.from(Array.from({ length: Number(size) }, (_, at) => at * 7 + Number(seed) * 13));
}

test('what one connection reads never shows in the answer of another', async (t) => {
  const raw = await startRawUpstream(t, {
    onHead: ({ socket }, head) => {
      const body = bodyOf(pathOf(head));
      const isChunked = body.length % 2 === 1;
      const framing = isChunked ? 'Transfer-Encoding: chunked' : `Content-Length: ${body.length}`;
      socket.write(`HTTP/1.1 200 OK\r\n${framing}\r\n\r\n`);
      // In uneven pieces, so that answers come in part and their connections take turns.
      for (let at = 0; at < body.length; at += 9_973) {
        const piece = body.subarray(at, at + 9_973);
        if (isChunked) socket.write(`${piece.length.toString(16)}\r\n`);
        socket.write(piece);
        if (isChunked) socket.write('\r\n');
      }
      if (isChunked) socket.write('0\r\n\r\n');
    },
  });
  const pool = createUpstreamPool({ ...BASE, origin: raw.url });
  t.after(() => pool.destroy());
  const upstream = createUpstream(pool, () => {});
  const sizes = [0, 1, 12, 999, 16_384, 65_536, 65_537, 300_000, 1_000_001];
  const paths = Array.from({ length: 54 }, (_, at) => `/${sizes[at % sizes.length]}/${at}`);
  await Promise.all(
    paths.map(async (target) => {
      const { signal } = new AbortController();
      const request = { method: 'GET', target, headers: [], body: undefined, network: '::' };
      const { body } = await upstream.send({ ...request, signal });
      const read = await readBounded(body, 2_000_000);
      assert.equal(read !== undefined && bodyOf(target).equals(Buffer.from(read)), true, target);
    }),
  );
});

test('an upstream that speaks before it is asked is not believed', async (t) => {
  const raw = await startRawUpstream(t, {
    onConnection: ({ socket }) => {
      socket.write('HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nforged');
    },
    onHead: () => {},
  });
  const pool = createUpstreamPool({ ...BASE, origin: raw.url });
  t.after(() => pool.destroy());
  // What comes with the request on its way can't be told from an answer; what came before it is none.
  const idle = await pool.acquire(new AbortController().signal, '::');
  await raw.gone(1);
  assert.equal(idle.connection.isOpen(), false);
});
