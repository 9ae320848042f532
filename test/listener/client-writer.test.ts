import assert from 'node:assert/strict';
import { Writable } from 'node:stream';
import type { Duplex } from 'node:stream';
import { test } from 'node:test';
import { setImmediate } from 'node:timers/promises';

import { ClientWriter } from '../../src/listener/client-writer.ts';

test('a client that takes something has its whole time again', async () => {
  const taken: (() => void)[] = [];
  const socket = new Writable({ write: (_, __, done) => void taken.push(done) });
  const writer = new ClientWriter(socket as Duplex);
  assert.equal(writer.stalledMs(1_000), 0, 'nothing is ready');
  writer.write('one');
  writer.write('two');
  assert.equal(writer.stalledMs(2_000), 0, 'it is seen for the first time');
  assert.equal(writer.stalledMs(2_500), 500);
  taken.shift()?.();
  await setImmediate();
  assert.equal(writer.stalledMs(9_000), 0);
  assert.equal(writer.stalledMs(9_700), 700);
  taken.shift()?.();
  await setImmediate();
  assert.equal(writer.stalledMs(20_000), 0);
  assert.equal(writer.stalledMs(30_000), 0);
});
