import assert from 'node:assert/strict';
import { once } from 'node:events';
import { statSync } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { test } from 'node:test';
import { Worker } from 'node:worker_threads';

import { RESERVE_BYTES, createReserve } from '../../src/store/sqlite-reserve.ts';
import { storeFile } from './store-file.ts';

const BLOCK = 4_096;

test('F07: a reserve that one gives up while another fills it has no holes', async (t) => {
  const path = await storeFile(t);
  await mkdir(dirname(path), { recursive: true });
  const file = `${path}-reserve`;
  const url = new URL('sqlite-reserve-thread.ts', import.meta.url);
  const other = new Worker(url, { workerData: path });
  let hasEnded = false;
  const ended = once(other, 'exit').then(() => (hasEnded = true));
  while (!hasEnded && (statSync(file, { throwIfNoEntry: false })?.size ?? 0) === 0) await turn();
  createReserve(path).giveUp(RESERVE_BYTES);
  await ended;

  const kept = await readFile(file);
  for (let at = 0; at < kept.length; at += BLOCK) {
    const isHole = kept.subarray(at, at + BLOCK).every((octet) => octet === 0);
    assert.ok(!isHole, `a hole at ${at} of ${kept.length}`);
  }
});
