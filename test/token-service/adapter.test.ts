import assert from 'node:assert/strict';
import { test } from 'node:test';

import { StoreError } from '../../src/errors.ts';
import { createMemoryStore } from '../../src/store/memory.ts';
import { createAdapterFactory } from '../../src/token-service/storage/adapter.ts';
import type { Store } from '../../src/store/store.ts';
import type { AdapterFactory } from '../../src/token-service/provider.ts';
import type { TestContext } from 'node:test';

class Unavailable extends Error {}

test('gives back what was put in under its id, which is not stored', async (t) => {
  const { models, stored } = openAdapter(t);
  const tokens = models('AccessToken');
  await tokens.upsert('secret id', { jti: 'secret id', accountId: 'one' }, 60);
  assert.deepEqual(await tokens.find('secret id'), { jti: 'secret id', accountId: 'one' });
  assert.equal(await tokens.find('another'), undefined);
  assert.equal(await models('RefreshToken').find('secret id'), undefined);
  assert.ok(stored.length > 0 && stored.every((text) => !text.includes('secret id')));
});

test('a record without a lifetime stays, one with a lifetime goes', async (t) => {
  const { models, setSecond } = openAdapter(t);
  const sessions = models('Session');
  await sessions.upsert('short', { uid: 'u1' }, 60);
  await sessions.upsert('long', { uid: 'u2' });
  setSecond(Math.floor(Date.now() / 1_000) + 120);
  assert.equal(await sessions.find('short'), undefined);
  assert.notEqual(await sessions.find('long'), undefined);
});

test('finds a session by its uid and a device code by its user code, id and all', async (t) => {
  const { models } = openAdapter(t);
  await models('Session').upsert('session', { jti: 'session', uid: 'same' }, 60);
  await models('DeviceCode').upsert('device', { jti: 'device', userCode: 'same' }, 60);
  assert.equal((await models('Session').findByUid('same'))?.jti, 'session');
  assert.equal((await models('DeviceCode').findByUserCode('same'))?.jti, 'device');
  assert.equal(await models('Interaction').findByUid('same'), undefined);
  assert.equal(await models('Session').findByUid('other'), undefined);
});

test('consuming marks a record and keeps the rest, tags too', async (t) => {
  const { models } = openAdapter(t);
  const codes = models('AuthorizationCode');
  await codes.upsert('code', { grantId: 'g', clientId: 'c' }, 60);
  await codes.consume('code');
  await codes.consume('gone');
  const found = await codes.find('code');
  assert.equal(found?.clientId, 'c');
  assert.equal(typeof found.consumed, 'number');
  await codes.revokeByGrantId('g');
  assert.equal(await codes.find('code'), undefined);
});

test('of those that consume at the same time one goes on, and nothing is lost', async (t) => {
  const { models } = openAdapter(t);
  const codes = models('AuthorizationCode');
  await codes.upsert('code', { clientId: 'c' }, 60);
  const outcomes = await Promise.allSettled(
    Array.from({ length: 20 }, () => codes.consume('code')),
  );
  assert.equal(outcomes.filter(({ status }) => status === 'fulfilled').length, 1);
  assert.equal((await codes.find('code'))?.clientId, 'c');
  assert.equal(typeof (await codes.find('code'))?.consumed, 'number');
});

test('revoking a grant takes the records of all its models, and of no other grant', async (t) => {
  const { models } = openAdapter(t);
  const granted = ['AccessToken', 'RefreshToken', 'AuthorizationCode', 'DeviceCode'];
  for (const model of granted) {
    await models(model).upsert('one', { grantId: 'g1' }, 60);
    await models(model).upsert('two', { grantId: 'g2' }, 60);
  }
  await models('Interaction').upsert('one', { grantId: 'g1' }, 60);
  await models('AccessToken').revokeByGrantId('g1');
  for (const model of granted) {
    assert.equal(await models(model).find('one'), undefined);
    assert.notEqual(await models(model).find('two'), undefined);
  }
  assert.notEqual(await models('Interaction').find('one'), undefined);
});

test('destroys a record', async (t) => {
  const { models } = openAdapter(t);
  await models('Session').upsert('id', { uid: 'u' }, 60);
  await models('Session').destroy('id');
  assert.equal(await models('Session').find('id'), undefined);
  assert.equal(await models('Session').findByUid('u'), undefined);
});

test('knows no clients: they are configuration', async (t) => {
  const { models } = openAdapter(t);
  await models('Client').upsert('client', { client_id: 'client' });
  assert.equal(await models('Client').find('client'), undefined);
});

test('every failure of the store is thrown as unavailable', async (t) => {
  const { models, store } = openAdapter(t);
  await store.close();
  const sessions = models('Session');
  const calls = [
    sessions.upsert('id', { uid: 'u' }, 60),
    sessions.find('id'),
    sessions.findByUid('u'),
    sessions.findByUserCode('c'),
    sessions.consume('id'),
    sessions.destroy('id'),
    sessions.revokeByGrantId('g'),
  ];
  for (const call of await Promise.allSettled(calls)) {
    assert.equal(call.status, 'rejected');
    assert.ok(call.reason instanceof Unavailable);
    assert.ok(call.reason.cause instanceof StoreError);
  }
});

function openAdapter(t: TestContext): {
  readonly models: AdapterFactory;
  readonly store: Store;
  readonly stored: readonly string[];
  readonly setSecond: (second: number) => void;
} {
  let second: number | undefined;
  const now = (): number => (second === undefined ? Date.now() : second * 1_000);
  const inner = createMemoryStore({ maxRecords: 100, now });
  t.after(() => inner.close());
  const stored: string[] = [];
  const store: Store = {
    ...inner,
    put: (space, key, value, options) => {
      stored.push(key, value, ...(options.tags ?? []));
      return inner.put(space, key, value, options);
    },
  };
  return {
    models: createAdapterFactory({
      store,
      findClient: () => undefined,
      alreadyConsumed: () => new Error('already consumed'),
      unavailable: (cause) => new Unavailable('unavailable', { cause }),
    }),
    store,
    stored,
    setSecond: (to) => void (second = to),
  };
}
