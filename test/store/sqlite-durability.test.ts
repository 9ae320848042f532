import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { DatabaseSync } from 'node:sqlite';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { LATER, openStore, storeFile } from './store-file.ts';
import type { ChildProcessByStdio } from 'node:child_process';
import type { Readable } from 'node:stream';
import type { TestContext } from 'node:test';

const CHILD = fileURLToPath(new URL('./sqlite-child.ts', import.meta.url));

test('a record is there after the store was closed and opened again', async (t) => {
  const path = await storeFile(t);
  const first = await openStore(t, path);
  await first.put('a', 'k', 'v', { ...LATER, tags: ['t'] });
  const before = await first.get('a', 'k');
  await first.close();

  const second = await openStore(t, path);
  assert.deepEqual(await second.get('a', 'k'), before);
  assert.deepEqual(await second.findByTag('a', 't'), ['k']);
  await second.put('a', 'k', 'w', LATER);
  assert.ok(((await second.get('a', 'k'))?.version ?? 0) > (before?.version ?? Infinity));
});

test('closing finishes the writes that were asked for before', async (t) => {
  const path = await storeFile(t);
  const first = await openStore(t, path);
  const writes = Array.from({ length: 100 }, (_, index) => first.put('a', `k${index}`, 'v', LATER));
  await first.close();
  assert.ok((await Promise.all(writes)).every(Boolean));

  const second = await openStore(t, path);
  assert.notEqual(await second.get('a', 'k99'), undefined);
});

test('F10: a process killed while it writes loses no acknowledged record', async (t) => {
  const path = await storeFile(t);
  const acknowledged: string[] = [];
  for (const round of ['one', 'two', 'three']) {
    const child = startChild(t, 'write', path, round);
    const seen: string[] = [];
    for await (const key of createInterface({ input: child.stdout })) {
      seen.push(key);
      if (seen.length === 300) child.kill('SIGKILL');
    }
    assert.ok(seen.length >= 300);
    // The last line may have been cut by the kill.
    acknowledged.push(...seen.slice(0, -1));
  }

  const store = await openStore(t, path);
  for (const key of acknowledged) {
    assert.equal((await store.get('child', key))?.value, `value of ${key}`);
  }
  await store.close();
  const database = new DatabaseSync(path, { readOnly: true });
  t.after(() => database.close());
  assert.equal(database.prepare('PRAGMA integrity_check').get()?.['integrity_check'], 'ok');
  const rows = database.prepare('SELECT count(*) AS count FROM record').get()?.['count'];
  assert.equal(database.prepare('SELECT rows FROM meta').get()?.['rows'], rows);
});

test('an idle store holds no process, and nothing is printed', async (t) => {
  const path = await storeFile(t);
  const child = startChild(t, 'leave', path, 'key');
  const [output, errors, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'exit'),
  ]);
  assert.deepEqual({ output, errors, code }, { output: 'key\n', errors: '', code: 0 });
  const store = await openStore(t, path);
  assert.equal((await store.get('child', 'key'))?.value, 'left');
});

function startChild(
  t: TestContext,
  ...args: readonly string[]
): ChildProcessByStdio<null, Readable, Readable> {
  const child = spawn(process.execPath, [CHILD, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  t.after(() => child.kill('SIGKILL'));
  return child;
}
