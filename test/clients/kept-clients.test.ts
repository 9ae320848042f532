import assert from 'node:assert/strict';
import { test } from 'node:test';

import { createKeptClients } from '../../src/clients/kept-clients.ts';
import type { KeptClientsOptions } from '../../src/clients/kept-clients.ts';
import { StoreError } from '../../src/errors.ts';

interface Setup extends Partial<KeptClientsOptions<string>> {
  readonly rows?: Map<string, string>;
}

function keep({ rows = new Map(), ...options }: Setup = {}) {
  const asked: string[] = [];
  let moment = 0;
  const kept = createKeptClients<string>({
    read: async (clientId) => {
      asked.push(clientId);
      return rows.get(clientId);
    },
    maxAgeMs: 5_000,
    maxEntries: 3,
    now: () => moment,
    ...options,
  });
  return { ...kept, rows, asked, setMoment: (to: number) => void (moment = to) };
}

test('asks the store once for what is asked for together, and again when it is too old', async () => {
  const { find, rows, asked, setMoment } = keep({ rows: new Map([['a', 'first']]) });
  assert.deepEqual(await Promise.all([find('a'), find('a')]), ['first', 'first']);
  rows.set('a', 'second');
  setMoment(4_999);
  assert.equal(await find('a'), 'first');
  setMoment(5_000);
  assert.equal(await find('a'), 'second');
  assert.deepEqual(asked, ['a', 'a']);
});

test('keeps that there is no such client no longer', async () => {
  const { find, rows, asked, setMoment } = keep();
  assert.equal(await find('a'), undefined);
  assert.equal(await find('a'), undefined);
  assert.equal(asked.length, 1);
  rows.set('a', 'here');
  setMoment(5_000);
  assert.equal(await find('a'), 'here');
});

test('a client that was forgotten is read anew, also while an older answer is under way', async () => {
  const answers: ((row: string) => void)[] = [];
  const { find, forget } = keep({ read: () => new Promise((resolve) => answers.push(resolve)) });
  const before = find('a');
  forget('a');
  const after = find('a');
  answers[1]?.('new');
  answers[0]?.('old');
  assert.deepEqual(await Promise.all([before, after]), ['old', 'new']);
  assert.equal(await find('a'), 'new');
});

test('a store that fails is asked again, and never means that there is no client', async () => {
  const failure = new StoreError('store_unavailable', 'connection refused');
  let isDown = true;
  const { find } = keep({
    read: () => (isDown ? Promise.reject(failure) : Promise.resolve('here')),
  });
  await assert.rejects(find('a'), failure);
  await assert.rejects(find('a'), failure);
  isDown = false;
  assert.equal(await find('a'), 'here');
});

test('forgets what was asked for longest ago', async () => {
  const { find, asked } = keep();
  for (const clientId of ['a', 'b', 'c', 'a', 'd']) await find(clientId);
  assert.deepEqual(asked, ['a', 'b', 'c', 'd']);
  await find('a');
  await find('b');
  assert.deepEqual(asked, ['a', 'b', 'c', 'd', 'b']);
});
