import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';

import { createStoredBindings } from '../../src/bindings/stored-bindings.ts';
import { StoreError } from '../../src/errors.ts';
import { createMemoryStore } from '../../src/store/memory.ts';
import type { TokenBinding } from '../../src/bindings/bindings.ts';
import type { Store } from '../../src/store/store.ts';
import type { TestContext } from 'node:test';

const THUMBPRINT = 'A4DtL2JmUMhAsvJj5tKyn64SqzmuXbMrJa0n761y5v0';
const BOUND: TokenBinding = {
  token: 'an-access-token',
  kind: 'access',
  clientId: 'client one',
  thumbprint: THUMBPRINT,
  expiresAt: 4_102_444_800,
};

test('gives back the binding of a token, and nothing for another', async (t) => {
  const bindings = createStoredBindings({ store: openStore(t), now: () => 1_900_000_000_999 });
  await bindings.bindAll([BOUND]);
  assert.deepEqual(await bindings.find(BOUND.token), {
    upstreamToken: BOUND.token,
    binding: { thumbprint: THUMBPRINT, clientId: 'client one', kind: 'access' },
    isRevoked: false,
    expiresAt: 4_102_444_800,
    issuedAt: 1_900_000_000,
  });
  assert.equal((await bindings.find('another-token')).binding, undefined);
});

test('tells an explicit unbound row from no row', async (t) => {
  const bindings = createStoredBindings({ store: openStore(t) });
  await bindings.bindAll([{ ...BOUND, thumbprint: undefined }]);
  const { binding } = await bindings.find(BOUND.token);
  assert.ok(binding !== undefined && 'thumbprint' in binding);
  assert.equal(binding.thumbprint, undefined);
});

test('never hands a token to the store, only its SHA-256', async (t) => {
  const store = openStore(t);
  const seen: string[] = [];
  const spy: Store = {
    ...store,
    put: (space, key, value, options) => {
      seen.push(space, key, value);
      return store.put(space, key, value, options);
    },
  };
  await createStoredBindings({ store: spy }).bindAll([BOUND]);
  assert.deepEqual(seen.slice(0, 2), [
    'bindings',
    createHash('sha256').update(BOUND.token).digest('base64url'),
  ]);
  assert.ok(seen.every((text) => !text.includes(BOUND.token)));
});

test('a token that is handed out again is as old as when it was first', async (t) => {
  let now = 1_000_000;
  const bindings = createStoredBindings({ store: openStore(t), now: () => now });
  await bindings.bindAll([BOUND]);
  now = 2_000_000;
  await bindings.bindAll([{ ...BOUND, expiresAt: BOUND.expiresAt + 10 }]);
  const { issuedAt, expiresAt } = await bindings.find(BOUND.token);
  assert.deepEqual([issuedAt, expiresAt], [1_000, BOUND.expiresAt + 10]);
});

test('a row of an earlier version says nothing of when its token was issued', async (t) => {
  const store = openStore(t);
  const bindings = createStoredBindings({ store });
  const key = createHash('sha256').update(BOUND.token).digest('base64url');
  const { thumbprint, clientId, kind, expiresAt } = BOUND;
  await store.put('bindings', key, JSON.stringify({ thumbprint, clientId, kind }), { expiresAt });
  const found = await bindings.find(BOUND.token);
  assert.deepEqual([found.binding?.thumbprint, found.issuedAt], [thumbprint, undefined]);
  assert.deepEqual(await bindings.bindAll([BOUND]), [BOUND.token]);
  await bindings.revoke(BOUND.token);
  assert.equal((await bindings.find(BOUND.token)).isRevoked, true);
});

test('a token that is handed out again lives longer and keeps its certificate', async (t) => {
  const bindings = createStoredBindings({ store: openStore(t) });
  assert.deepEqual(await bindings.bindAll([BOUND]), [BOUND.token]);
  const later = { ...BOUND, expiresAt: 4_102_444_900 };
  assert.deepEqual(await bindings.bindAll([later]), [BOUND.token]);
  assert.deepEqual(await bindings.bindAll([BOUND]), [BOUND.token]);
  assert.equal((await bindings.find(BOUND.token)).expiresAt, 4_102_444_900);

  const moved = { ...BOUND, thumbprint: THUMBPRINT.replace('A', 'B') };
  const loosened = { ...BOUND, thumbprint: undefined };
  const another = { ...BOUND, clientId: 'client two' };
  for (const binding of [moved, loosened, another]) {
    assert.equal(await bindings.bindAll([binding]), 'conflict');
  }
  assert.equal((await bindings.find(BOUND.token)).binding?.thumbprint, THUMBPRINT);
});

test('a revoked token stays revoked for as long as it would have lived', async (t) => {
  const bindings = createStoredBindings({ store: openStore(t) });
  await bindings.bindAll([BOUND]);
  await bindings.revoke(BOUND.token);
  await bindings.revoke(BOUND.token);
  await bindings.revoke('never recorded');
  const { binding, isRevoked, expiresAt } = await bindings.find(BOUND.token);
  assert.equal(isRevoked, true);
  assert.equal(binding?.thumbprint, THUMBPRINT);
  assert.equal(expiresAt, BOUND.expiresAt);
  assert.equal(await bindings.bindAll([BOUND]), 'conflict');
  assert.equal((await bindings.find('never recorded')).binding, undefined);
});

test('extends a binding and never shortens it', async (t) => {
  const bindings = createStoredBindings({ store: openStore(t) });
  await bindings.bindAll([BOUND]);
  await bindings.extend(BOUND.token, BOUND.expiresAt - 10);
  assert.equal((await bindings.find(BOUND.token)).expiresAt, BOUND.expiresAt);
  await bindings.extend(BOUND.token, BOUND.expiresAt + 10);
  assert.equal((await bindings.find(BOUND.token)).expiresAt, BOUND.expiresAt + 10);
  await bindings.extend('never recorded', BOUND.expiresAt);
  assert.equal((await bindings.find('never recorded')).binding, undefined);
});

test('of a revocation and an extension at the same time neither is lost', async (t) => {
  const bindings = createStoredBindings({ store: openStore(t) });
  await bindings.bindAll([BOUND]);
  const later = BOUND.expiresAt + 10;
  await Promise.all([bindings.revoke(BOUND.token), bindings.extend(BOUND.token, later)]);
  const { isRevoked, expiresAt } = await bindings.find(BOUND.token);
  assert.deepEqual({ isRevoked, expiresAt }, { isRevoked: true, expiresAt: later });
});

test('an expired binding is none', async (t) => {
  const bindings = createStoredBindings({ store: openStore(t) });
  await bindings.bindAll([{ ...BOUND, expiresAt: 1 }]);
  assert.equal((await bindings.find(BOUND.token)).binding, undefined);
});

test('recording several fails when one of them can not be stored', async (t) => {
  const store = createMemoryStore({ maxRecords: 1 });
  t.after(() => store.close());
  const bindings = createStoredBindings({ store });
  const refresh: TokenBinding = { ...BOUND, token: 'a-refresh-token', kind: 'refresh' };
  await assert.rejects(bindings.bindAll([BOUND, refresh]), (error) => {
    assert.ok(error instanceof StoreError);
    assert.equal(error.reason, 'store_full');
    return true;
  });
});

test('records several', async (t) => {
  const bindings = createStoredBindings({ store: openStore(t) });
  const refresh: TokenBinding = { ...BOUND, token: 'a-refresh-token', kind: 'refresh' };
  await bindings.bindAll([BOUND, refresh]);
  await bindings.bindAll([]);
  assert.equal((await bindings.find(BOUND.token)).binding?.kind, 'access');
  assert.equal((await bindings.find(refresh.token)).binding?.kind, 'refresh');
});

test('a row that does not parse is a store error, never an unbound token', async (t) => {
  const store = openStore(t);
  const bindings = createStoredBindings({ store });
  const key = createHash('sha256').update(BOUND.token).digest('base64url');
  const good = { thumbprint: THUMBPRINT, clientId: 'c', kind: 'access' };
  const broken: readonly string[] = [
    '',
    '{',
    'null',
    '[]',
    '"text"',
    '{}',
    JSON.stringify({ ...good, thumbprint: undefined }),
    JSON.stringify({ ...good, thumbprint: '' }),
    JSON.stringify({ ...good, thumbprint: `${THUMBPRINT}=` }),
    JSON.stringify({ ...good, thumbprint: false }),
    JSON.stringify({ ...good, clientId: '' }),
    JSON.stringify({ ...good, kind: 'other' }),
    JSON.stringify({ ...good, issued: '1' }),
    JSON.stringify({ ...good, issued: -1 }),
    JSON.stringify({ ...good, revoked: false }),
    JSON.stringify({ ...good, revoked: 'yes' }),
  ];
  for (const value of broken) {
    await store.put('bindings', key, value, { expiresAt: BOUND.expiresAt });
    await assert.rejects(async () => bindings.find(BOUND.token), isStoreError, value);
  }
});

test('refuses to record what it could not read back', async (t) => {
  const bindings = createStoredBindings({ store: openStore(t) });
  await assert.rejects(bindings.bindAll([{ ...BOUND, thumbprint: 'short' }]), isStoreError);
  await assert.rejects(bindings.bindAll([{ ...BOUND, clientId: '' }]), isStoreError);
  await assert.rejects(bindings.bindAll([{ ...BOUND, expiresAt: Number.NaN }]), isStoreError);
  assert.equal((await bindings.find(BOUND.token)).binding, undefined);
});

function openStore(t: TestContext): Store {
  const store = createMemoryStore({ maxRecords: 100 });
  t.after(() => store.close());
  return store;
}

function isStoreError(error: unknown): boolean {
  return error instanceof StoreError && error.reason === 'store_unavailable';
}
