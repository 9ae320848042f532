import assert from 'node:assert/strict';
import { test } from 'node:test';

import { StoreError } from '../../src/errors.ts';
import { createMemoryStore } from '../../src/store/memory.ts';
import { ADMIN, startService } from './running-service.ts';
import type { ServiceClient } from '../../src/token-service/clients/client-metadata.ts';
import type { Answer, RunningService } from './running-service.ts';
import type { Store } from '../../src/store/store.ts';
import type { TestContext } from 'node:test';

const AS_ADMIN = { basic: ['admin', 'admin secret'] } as const;

const CLIENT: ServiceClient = {
  clientId: 'app',
  method: 'client_secret_post',
  secret: 'secret',
  binding: 'off',
  grantTypes: ['client_credentials'],
  audience: ['https://api.example'],
};
const CREDENTIALS = { client_id: 'app', client_secret: 'secret' } as const;

test('a store that fails is answered 503 and gives no token', async (t) => {
  const { store, fail } = failingStore(t);
  const service = await startService(t, { store });
  const token = await service.token();
  const own = {
    form: { grant_type: 'client_credentials', client_id: 'self-signed', token },
    certificate: service.registered,
    decidedFor: 'self-signed',
  };
  fail();
  assertUnavailable(await service.ask('/oauth2/token', own));
  assertUnavailable(await service.introspect(token, AS_ADMIN));
  assertUnavailable(await service.ask('/oauth2/revoke', own));
  const lines = service.log.filter(({ level }) => level === 'error');
  assert.deepEqual(
    lines.map(({ fields }) => [fields['reason'], fields['detail']]),
    Array.from({ length: 3 }, () => ['store_unavailable', 'the disk is gone']),
  );
});

test('a JWT is answered 503 when nobody knows whether it was revoked', async (t) => {
  const { store, fail } = failingStore(t);
  const service = await startService(t, { store, clients: [ADMIN, CLIENT] });
  const token = await jwt(service);
  assert.equal((await service.introspect(token, AS_ADMIN)).json()['active'], true);
  const revoke = { form: { ...CREDENTIALS, token } };
  fail();
  assertUnavailable(await service.introspect(token, AS_ADMIN));
  assertUnavailable(await service.ask('/oauth2/revoke', revoke));
});

test('a revocation that can not be written is answered 503, and the JWT stays active', async (t) => {
  const { store } = failingStore(t);
  const readOnly: Store = {
    ...store,
    put: (space, key, value, options) =>
      key.startsWith('RevokedToken:')
        ? Promise.reject(new StoreError('store_full', 'no room'))
        : store.put(space, key, value, options),
  };
  const service = await startService(t, { store: readOnly, clients: [ADMIN, CLIENT] });
  const token = await jwt(service);
  assertUnavailable(await service.ask('/oauth2/revoke', { form: { ...CREDENTIALS, token } }));
  assert.equal((await service.introspect(token, AS_ADMIN)).json()['active'], true);
});

test('a failure that nobody foresaw is answered 500 and told to the log alone', async (t) => {
  const { store } = failingStore(t);
  const broken: Store = {
    ...store,
    get: async (space, key) => {
      if (key.startsWith('ClientCredentials:')) throw new TypeError('a flaw of the program');
      return store.get(space, key);
    },
  };
  const service = await startService(t, { store: broken });
  const answer = await service.introspect('token', AS_ADMIN);
  assert.equal(answer.status, 500);
  assert.equal(answer.json()['error'], 'server_error');
  assert.ok(!answer.text.includes('flaw'));
  const [line] = service.log.filter(({ level }) => level === 'error');
  assert.equal(line?.fields['error'], 'TypeError: a flaw of the program');
});

test('a full store is answered 503', async (t) => {
  const store = createMemoryStore({ maxRecords: 1 });
  t.after(() => store.close());
  const service = await startService(t, { store });
  assertUnavailable(
    await service.ask('/oauth2/token', {
      form: { grant_type: 'client_credentials', client_id: 'pki' },
      certificate: service.pki,
      decidedFor: 'pki',
    }),
  );
});

test('a record that does not parse is answered 503, never as inactive', async (t) => {
  const { store } = failingStore(t);
  const broken: Store = {
    ...store,
    get: async (space, key) => {
      const record = await store.get(space, key);
      return record && key.startsWith('ClientCredentials:') ? { ...record, value: '[' } : record;
    },
  };
  const service = await startService(t, { store: broken });
  assertUnavailable(await service.introspect(await service.token(), AS_ADMIN));
});

test('the store is given no token and no id, only their SHA-256', async (t) => {
  const { store, written } = failingStore(t);
  const service = await startService(t, { store });
  const token = await service.token();
  assert.ok(written.some((text) => text.startsWith('ClientCredentials:')));
  assert.ok(written.every((text) => !text.includes(token)));
});

async function jwt(service: RunningService): Promise<string> {
  const form = { ...CREDENTIALS, grant_type: 'client_credentials' };
  return String((await service.ask('/oauth2/token', { form })).json()['access_token']);
}

function assertUnavailable(answer: Answer): void {
  assert.equal(answer.status, 503, answer.text);
  assert.deepEqual(answer.json(), {
    error: 'temporarily_unavailable',
    error_description: 'the service is temporarily unavailable',
  });
}

/** A memory store that can be made to fail, and tells what it was asked to write. */
function failingStore(t: TestContext): {
  readonly store: Store;
  readonly written: readonly string[];
  readonly fail: () => void;
} {
  const inner = createMemoryStore({ maxRecords: 100 });
  t.after(() => inner.close());
  const written: string[] = [];
  let failing = false;
  const guarded = <T>(work: () => Promise<T>): Promise<T> =>
    failing ? Promise.reject(new StoreError('store_unavailable', 'the disk is gone')) : work();
  return {
    written,
    fail: () => void (failing = true),
    store: {
      ...inner,
      get: (space, key) => guarded(async () => inner.get(space, key)),
      put: (space, key, value, options) => {
        written.push(key, value, ...(options.tags ?? []));
        return guarded(() => inner.put(space, key, value, options));
      },
      delete: (space, key) => guarded(() => inner.delete(space, key)),
      deleteByTag: (space, tag) => guarded(() => inner.deleteByTag(space, tag)),
    },
  };
}
