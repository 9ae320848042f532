/** What a body holds in memory on its way, and what can still be noticed when it has arrived. */

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import type { Exchange } from '../../src/http/exchange.ts';
import { leaving } from './leaving.ts';
import { startMemoryEngine } from './memory-engine.ts';

const POST = 'POST / HTTP/1.1\r\nHost: a\r\n';

test('T66: chunks of one octet that come together are one piece', async (t) => {
  const lengths: number[] = [];
  const engine = startMemoryEngine(t, async (exchange) => {
    exchange.body.on('data', (piece: Buffer) => lengths.push(piece.length));
    await once(exchange.body, 'end');
    await exchange.respond({ status: 200, headers: [], close: true });
  });
  const chunks = `${'1\r\na\r\n'.repeat(1_000)}0\r\n\r\n`;
  await engine.send(`${POST}Transfer-Encoding: chunked\r\n\r\n`, chunks);
  assert.deepEqual(lengths, [1_000]);
});

test('T66: of a body that comes an octet at a time little is taken while its reader waits', async (t) => {
  const begun = Promise.withResolvers<Exchange>();
  const engine = startMemoryEngine(t, async (exchange) => {
    // Asks for the first piece and takes none.
    exchange.body.read(0);
    begun.resolve(exchange);
    await leaving(exchange);
  });
  const { client, server } = engine.connect();
  let taken = 0;
  client.write(`${POST}Content-Length: 70000\r\n\r\n`);
  const exchange = await begun.promise;
  const paused = new Promise<void>((resolve) => {
    const pause = server.pause.bind(server);
    server.pause = () => {
      resolve();
      return pause();
    };
  });
  const octets = async (): Promise<void> => {
    while (taken < 60_000 && !client.destroyed) {
      await new Promise<void>((resolve) => void client.write('a', () => resolve()));
      taken += 1;
    }
  };
  await Promise.race([paused, octets()]);
  assert.ok(taken < 1_000, `${taken} pieces were taken`);
  server.destroy();
  await leaving(exchange);
});

test('a client that leaves when its whole body has come is noticed, though nobody reads it', async (t) => {
  const begun = Promise.withResolvers<Exchange>();
  const engine = startMemoryEngine(t, async (exchange) => {
    begun.resolve(exchange);
    await leaving(exchange);
    assert.equal(exchange.signal.aborted, true);
  });
  const { client, server } = engine.connect();
  const size = 66_000;
  client.write(
    Buffer.concat([Buffer.from(`${POST}Content-Length: ${size}\r\n\r\n`), Buffer.alloc(size)]),
  );
  const exchange = await begun.promise;
  assert.equal(server.isPaused(), false);
  const aborted = leaving(exchange);
  client.resume().end();
  await aborted;
});
