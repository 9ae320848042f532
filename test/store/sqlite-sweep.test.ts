import assert from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';

import { prepareDatabase } from '../../src/store/sqlite-database.ts';
import { createWriteQueue } from '../../src/store/sqlite-queue.ts';
import { SWEEP_LIMIT } from '../../src/store/sqlite-transaction.ts';
import { openStore, storeFile } from './store-file.ts';

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
        promised: false,
      },
      100,
    );
  await Promise.all(Array.from({ length: 2 * SWEEP_LIMIT + 1 }, (_, index) => put(index)));

  const sweep = (): Promise<unknown> => queue.submit({ kind: 'sweep' }, 200);
  assert.equal(await sweep(), 'more_to_sweep');
  assert.equal(await sweep(), 'more_to_sweep');
  assert.equal(await sweep(), 'done');
});

test('the file grows no further than what lives at once takes: the space of expired records is used again', async (t) => {
  const path = await storeFile(t);
  let second = 0;
  const store = await openStore(t, path, { now: () => second * 1_000 });
  const names = Array.from({ length: 500 }, (_, index) => `k${index}`);
  const pages: number[] = [];
  for (let round = 0; round < 6; round += 1) {
    second = round * 100;
    const options = { expiresAt: second + 50, tags: ['t'] };
    const put = (name: string) => store.put('a', `${name} ${round}`, 'v'.repeat(1_000), options);
    // Fewer at once than a transaction sweeps; what a larger burst leaves is swept within seconds.
    for (let from = 0; from < names.length; from += SWEEP_LIMIT / 4) {
      await Promise.all(names.slice(from, from + SWEEP_LIMIT / 4).map(put));
    }
    using database = new DatabaseSync(path, { readOnly: true });
    pages.push(Number(database.prepare('PRAGMA page_count').get()?.['page_count']));
  }
  // A sweep takes its share of rows with each transaction, so that two rounds overlap.
  const [first = 0] = pages;
  assert.ok(Math.max(...pages) < 2.5 * first, `pages: ${pages.join(', ')}`);
});
