import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';

import { COMMAND_NAMES } from '../../src/commands/commands.ts';

test('docs/commands.md has a row for each command, and none for others', async () => {
  const text = await readFile(new URL('../../docs/commands.md', import.meta.url), 'utf8');
  const [table = ''] = text.split('| exit code |');
  const named = [...table.matchAll(/^\| `([a-z]+)[ `]/gm)].map(([, name]) => name);
  assert.deepEqual(named, [...COMMAND_NAMES]);
});
