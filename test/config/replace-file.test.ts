import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';

import { replaceFile } from '../../src/config/replace-file.ts';

test('a file that somebody else has changed meanwhile is left as it is', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'certbound-'));
  t.after(() => rm(folder, { recursive: true }));
  const path = join(folder, 'config.yaml');
  await writeFile(path, 'theirs\n');
  const expected = Buffer.from('ours\n');
  await assert.rejects(replaceFile(path, { expected, text: 'new\n' }), {
    name: 'StartError',
    message: /was changed meanwhile/,
  });
  assert.equal(await readFile(path, 'utf8'), 'theirs\n');
  assert.deepEqual(await readdir(folder), ['config.yaml']);

  await replaceFile(path, { expected: Buffer.from('theirs\n'), text: 'new\n' });
  assert.equal(await readFile(path, 'utf8'), 'new\n');
});

test('a file that is gone is named', async () => {
  const path = join(tmpdir(), 'certbound-no-such-folder', 'config.yaml');
  await assert.rejects(replaceFile(path, { expected: Buffer.from('x'), text: 'y' }), {
    name: 'StartError',
    message: `no such file ${path}`,
  });
});
