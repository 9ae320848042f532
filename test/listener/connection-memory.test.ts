import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

import { connect, startListener } from './running-listener.ts';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

const CONNECTIONS = 30;

async function heldOctets(): Promise<number> {
  for (let turn = 0; turn < 3; turn += 1) {
    collect();
    // What the collector found unused is given back by tasks of its own.
    await new Promise((resolve) => setImmediate(resolve));
  }
  return process.memoryUsage().arrayBuffers;
}

test('a connection that stays keeps none of the memory that all requests share', async (t) => {
  const running = await startListener(t);
  await connect(t, running);
  const before = await heldOctets();
  for (let made = 0; made < CONNECTIONS; made += 1) {
    await connect(t, running);
    // As the requests of others do meanwhile: of each piece that lives on a whole block would be kept.
    for (let used = 0; used < 2 * Buffer.poolSize; used += 100) Buffer.allocUnsafe(100);
  }
  await running.handshakesEnded(CONNECTIONS + 1);
  const perConnection = ((await heldOctets()) - before) / CONNECTIONS;
  assert.ok(perConnection < Buffer.poolSize / 4, `${perConnection} octets`);
});
