import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

import { EMBEDDED, startGateway } from '../support/running-gateway.ts';
import { tokenLoad } from '../support/token-load.ts';

const MEGABYTE = 1_048_576;

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

function residentMegabytes(): number {
  collect();
  return process.memoryUsage().rss / MEGABYTE;
}

test('rounds of ten thousand token requests lose none and leave memory where it was', async (t) => {
  const gateway = await startGateway({ yaml: EMBEDDED });
  t.after(() => gateway.close());
  const memory: number[] = [];
  for (let round = 0; round < 5; round += 1) {
    const result = await tokenLoad(gateway, { requests: 10_000, connections: 50 });
    assert.deepEqual([result.answered, result.errors], [10_000, []]);
    memory.push(residentMegabytes());
    const rate = Math.round(result.answered / result.seconds);
    const megabytes = memory.map((value) => value.toFixed(0)).join(', ');
    t.diagnostic(`round ${round + 1}: ${rate} tokens/s, resident ${megabytes} MB`);
  }
  // The first round fills pools and caches; each later one may not add to it.
  const [, second = 0, , , last = 0] = memory;
  assert.ok(last - second < 50, `resident memory grew: ${memory.join(', ')}`);
});
