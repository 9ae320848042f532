import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { createSqliteStore } from '../../src/store/sqlite.ts';
import type { SqliteStoreOptions } from '../../src/store/sqlite.ts';
import type { Store } from '../../src/store/store.ts';
import type { TestContext } from 'node:test';

/** A path for a store file in a folder that the test's end removes. */
export async function storeFile(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'store-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  return join(folder, 'data', 'store.sqlite');
}

/** A sqlite store that the test's end closes. */
export async function openStore(
  t: TestContext,
  path: string,
  options: Partial<SqliteStoreOptions> = {},
): Promise<Store> {
  const store = await createSqliteStore({
    path,
    maxRecords: 100_000,
    timeoutMs: 10_000,
    ...options,
  });
  t.after(() => store.close());
  return store;
}

/** Far enough for every test. */
export const LATER = { expiresAt: 4_102_444_800 } as const;
