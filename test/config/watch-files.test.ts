/** Which changes of files are noticed, and when they are told. */

import assert from 'node:assert/strict';
import { once, EventEmitter } from 'node:events';
import { mkdir, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';

import { watchFiles } from '../../src/config/watch-files.ts';

interface Watched {
  readonly folder: string;
  readonly path: (name: string) => string;
  /** Resolves when the change after this many has been told. */
  told(count: number): Promise<void>;
  readonly count: () => number;
}

async function watching(
  t: TestContext,
  prepare: (folder: string) => Promise<readonly string[]>,
): Promise<Watched> {
  const folder = await mkdtemp(join(tmpdir(), 'certbound-watch-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const files = await prepare(folder);
  const events = new EventEmitter();
  let count = 0;
  const watch = watchFiles(
    { files: () => files, settleMs: () => 20, since: Date.now() + 1_000 },
    async () => {
      count += 1;
      events.emit('told');
    },
  );
  t.after(watch.close);
  await watch.begun;
  return {
    folder,
    path: (name) => join(folder, name),
    count: () => count,
    told: async (expected) => {
      while (count < expected) await once(events, 'told', { signal: AbortSignal.timeout(60_000) });
    },
  };
}

test('a file that is written, replaced, removed and made again is told each time', async (t) => {
  const { path, told } = await watching(t, async (folder) => {
    await writeFile(join(folder, 'a.pem'), 'one');
    return [join(folder, 'a.pem')];
  });
  await writeFile(path('a.pem'), 'two');
  await told(1);
  await writeFile(path('next'), 'three');
  await rename(path('next'), path('a.pem'));
  await told(2);
  await rm(path('a.pem'));
  await told(3);
  await writeFile(path('a.pem'), 'four');
  await told(4);
});

test('F11: the swap of the link that Kubernetes puts before mounted files is told', async (t) => {
  const { path, told } = await watching(t, async (folder) => {
    await mkdir(join(folder, '..1'));
    await writeFile(join(folder, '..1', 'tls.crt'), 'one');
    await symlink('..1', join(folder, '..data'));
    await symlink(join('..data', 'tls.crt'), join(folder, 'tls.crt'));
    return [join(folder, 'tls.crt')];
  });
  for (const [index, name] of ['..2', '..3'].entries()) {
    await mkdir(path(name));
    await writeFile(join(path(name), 'tls.crt'), name);
    await symlink(name, path('..data_tmp'));
    await rename(path('..data_tmp'), path('..data'));
    await told(index + 1);
  }
});

test('a file that comes into a folder of lists is told', async (t) => {
  const { path, told } = await watching(t, async (folder) => {
    await mkdir(join(folder, 'crls'));
    return [join(folder, 'crls')];
  });
  await writeFile(path('crls/a.crl'), 'list');
  await told(1);
});

test('what is beside the files is told to nobody', async (t) => {
  const { path, told, count } = await watching(t, async (folder) => {
    await writeFile(join(folder, 'a.pem'), 'one');
    return [join(folder, 'a.pem'), join(folder, 'missing.pem')];
  });
  await writeFile(path('other.log'), 'x');
  await writeFile(path('missing.pem'), 'there now');
  await told(1);
  assert.equal(count(), 1);
});
