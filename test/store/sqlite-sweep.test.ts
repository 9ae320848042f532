import assert from 'node:assert/strict';
import { test } from 'node:test';

import { prepareDatabase } from '../../src/store/sqlite-database.ts';
import { createWriteQueue } from '../../src/store/sqlite-queue.ts';
import { SWEEP_LIMIT } from '../../src/store/sqlite-transaction.ts';
import { storeFile } from './store-file.ts';

test('a sweep removes a bounded share and tells whether more is left', async (t) => {
  const path = await storeFile(t);
  prepareDatabase(path, 2_000);
  const queue = createWriteQueue({ path, maxRecords: 10_000 }, 2_000, () => {});
  t.after(() => queue.close());
  const put = (index: number): Promise<unknown> =>
    queue.submit(
      {
        kind: 'put',
        space: 'a',
        key: `k${index}`,
        value: 'v',
        expiresAt: 200,
        tags: [],
        onlyIf: undefined,
      },
      100,
    );
  await Promise.all(Array.from({ length: 2 * SWEEP_LIMIT + 1 }, (_, index) => put(index)));

  const sweep = (): Promise<unknown> => queue.submit({ kind: 'sweep' }, 200);
  assert.equal(await sweep(), 'more_to_sweep');
  assert.equal(await sweep(), 'more_to_sweep');
  assert.equal(await sweep(), 'done');
});
