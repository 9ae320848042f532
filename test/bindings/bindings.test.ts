import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';

import { createBindings } from '../../src/bindings/bindings.ts';
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
  const bindings = createBindings({ store: openStore(t) });
  await bindings.recordAll([BOUND]);
  assert.deepEqual(await bindings.lookup(BOUND.token), {
    thumbprint: THUMBPRINT,
    clientId: 'client one',
    kind: 'access',
    expiresAt: 4_102_444_800,
  });
  assert.equal(await bindings.lookup('another-token'), undefined);
});

test('tells an explicit unbound row from no row', async (t) => {
  const bindings = createBindings({ store: openStore(t) });
  await bindings.recordAll([{ ...BOUND, thumbprint: undefined }]);
  const found = await bindings.lookup(BOUND.token);
  assert.ok(found !== undefined && 'thumbprint' in found);
  assert.equal(found.thumbprint, undefined);
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
  await createBindings({ store: spy }).recordAll([BOUND]);
  assert.deepEqual(seen.slice(0, 2), [
    'bindings',
    createHash('sha256').update(BOUND.token).digest('base64url'),
  ]);
  assert.ok(seen.every((text) => !text.includes(BOUND.token)));
});

test('a token that is handed out again lives longer and keeps its certificate', async (t) => {
  const bindings = createBindings({ store: openStore(t) });
  assert.equal(await bindings.recordAll([BOUND]), 'stored');
  const later = { ...BOUND, expiresAt: 4_102_444_900 };
  assert.equal(await bindings.recordAll([later]), 'stored');
  assert.equal(await bindings.recordAll([BOUND]), 'stored');
  assert.equal((await bindings.lookup(BOUND.token))?.expiresAt, 4_102_444_900);

  const moved = { ...BOUND, thumbprint: THUMBPRINT.replace('A', 'B') };
  const loosened = { ...BOUND, thumbprint: undefined };
  const another = { ...BOUND, clientId: 'client two' };
  for (const binding of [moved, loosened, another]) {
    assert.equal(await bindings.recordAll([binding]), 'conflict');
  }
  assert.equal((await bindings.lookup(BOUND.token))?.thumbprint, THUMBPRINT);
});

test('forgets a removed token', async (t) => {
  const bindings = createBindings({ store: openStore(t) });
  await bindings.recordAll([BOUND]);
  await bindings.remove(BOUND.token);
  await bindings.remove('never recorded');
  assert.equal(await bindings.lookup(BOUND.token), undefined);
});

test('an expired binding is none', async (t) => {
  const bindings = createBindings({ store: openStore(t) });
  await bindings.recordAll([{ ...BOUND, expiresAt: 1 }]);
  assert.equal(await bindings.lookup(BOUND.token), undefined);
});

test('recording several fails when one of them can not be stored', async (t) => {
  const store = createMemoryStore({ maxRecords: 1 });
  t.after(() => store.close());
  const bindings = createBindings({ store });
  const refresh: TokenBinding = { ...BOUND, token: 'a-refresh-token', kind: 'refresh' };
  await assert.rejects(bindings.recordAll([BOUND, refresh]), (error) => {
    assert.ok(error instanceof StoreError);
    assert.equal(error.reason, 'store_full');
    return true;
  });
});

test('records several', async (t) => {
  const bindings = createBindings({ store: openStore(t) });
  const refresh: TokenBinding = { ...BOUND, token: 'a-refresh-token', kind: 'refresh' };
  await bindings.recordAll([BOUND, refresh]);
  await bindings.recordAll([]);
  assert.equal((await bindings.lookup(BOUND.token))?.kind, 'access');
  assert.equal((await bindings.lookup(refresh.token))?.kind, 'refresh');
});

test('a row that does not parse is a store error, never an unbound token', async (t) => {
  const store = openStore(t);
  const bindings = createBindings({ store });
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
  ];
  for (const value of broken) {
    await store.put('bindings', key, value, { expiresAt: BOUND.expiresAt });
    await assert.rejects(bindings.lookup(BOUND.token), isStoreError, value);
  }
});

test('refuses to record what it could not read back', async (t) => {
  const bindings = createBindings({ store: openStore(t) });
  await assert.rejects(bindings.recordAll([{ ...BOUND, thumbprint: 'short' }]), isStoreError);
  await assert.rejects(bindings.recordAll([{ ...BOUND, clientId: '' }]), isStoreError);
  await assert.rejects(bindings.recordAll([{ ...BOUND, expiresAt: Number.NaN }]), isStoreError);
  assert.equal(await bindings.lookup(BOUND.token), undefined);
});

function openStore(t: TestContext): Store {
  const store = createMemoryStore({ maxRecords: 100 });
  t.after(() => store.close());
  return store;
}

function isStoreError(error: unknown): boolean {
  return error instanceof StoreError && error.reason === 'store_unavailable';
}
