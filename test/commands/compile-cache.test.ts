import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';

import { folderWith, runCertbound } from './run-certbound.ts';

const CACHE = join(import.meta.dirname, '../../node_modules/.cache/certbound');

test('what a run has compiled is kept beside the code for the next one', async (t) => {
  const folder = await folderWith(t, {});
  assert.equal((await runCertbound(['help', 'start'], { folder })).code, 0);
  assert.notDeepEqual(await readdir(CACHE), []);
});
