import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TestContext } from 'node:test';

import { decodeProtectedHeader } from 'jose';

import { StoreError } from '../../src/errors.ts';
import { createMemoryStore } from '../../src/store/memory.ts';
import type { Store } from '../../src/store/store.ts';
import { POLL_MS } from '../../src/token-service/keys/key-keeper.ts';
import type { KeyPolicy } from '../../src/token-service/keys/key-ring.ts';
import { rotateKeyRing } from '../../src/token-service/keys/stored-keys.ts';
import { ADMIN, startService } from './running-service.ts';
import type { RunningService } from './running-service.ts';

const HOUR = 3_600_000;

const POLICY: KeyPolicy = {
  algorithms: ['ES256'],
  rotateEveryMs: 24 * HOUR,
  publishBeforeMs: 2 * HOUR,
  keepMs: 3 * HOUR,
};

const CLIENTS = [
  ADMIN,
  {
    clientId: 'app',
    method: 'client_secret_post',
    secret: 'secret',
    binding: 'off',
    grantTypes: ['client_credentials'],
    audience: ['https://api.example'],
  },
] as const;

/** Processes of one store and one clock that the test turns. */
function world(t: TestContext) {
  t.mock.timers.enable({ apis: ['setInterval'] });
  const memory = createMemoryStore({ maxRecords: 1_000 });
  t.after(() => memory.close());
  const start = Date.now();
  let passed = 0;
  return {
    memory,
    start: (store: Store = memory, policy: KeyPolicy = POLICY) =>
      startService(t, {
        store,
        clients: CLIENTS,
        signingKeys: policy,
        now: () => start + passed,
      }),
    advance: (milliseconds: number) => {
      passed += milliseconds;
    },
    /** Every process reads its keys again. */
    poll: () => t.mock.timers.tick(POLL_MS),
  };
}

async function issue(service: RunningService): Promise<string> {
  const form = { client_id: 'app', client_secret: 'secret', grant_type: 'client_credentials' };
  const answer = await service.ask('/oauth2/token', { form });
  return String(answer.json()['access_token']);
}

async function isActive(service: RunningService, token: string): Promise<unknown> {
  const answer = await service.introspect(token, { basic: ['admin', 'admin secret'] });
  return answer.status === 200 ? answer.json()['active'] : answer.status;
}

const keyOf = (token: string) => String(decodeProtectedHeader(token).kid);

async function published(service: RunningService): Promise<readonly string[]> {
  const { keys } = (await service.ask('/oauth2/jwks')).json() as { keys: { kid: string }[] };
  return keys.map(({ kid }) => kid);
}

/** Reading the keys again takes some turns of the event loop. */
async function eventually<T>(ask: () => Promise<T>, isThere: (value: T) => boolean): Promise<T> {
  for (let attempt = 0; attempt < 1_000; attempt += 1) {
    const value = await ask();
    if (isThere(value)) return value;
  }
  throw new Error('it does not come');
}

function publishes(service: RunningService, count: number): Promise<readonly string[]> {
  return eventually(
    () => published(service),
    ({ length }) => length === count,
  );
}

function signsWith(service: RunningService, kid: string | undefined): Promise<string> {
  return eventually(
    () => issue(service),
    (token) => keyOf(token) === kid,
  );
}

test('a key is published before it signs, signs without a restart, and stays for its tokens', async (t) => {
  const { start, advance, poll } = world(t);
  const service = await start();
  const first = await issue(service);
  assert.deepEqual(await published(service), [keyOf(first)]);

  advance(22 * HOUR);
  poll();
  const [, upcoming] = await publishes(service, 2);
  assert.equal(keyOf(await issue(service)), keyOf(first), 'not its time yet');

  advance(2 * HOUR);
  poll();
  const second = await signsWith(service, upcoming);
  assert.deepEqual(await published(service), [keyOf(second), keyOf(first)]);
  for (const token of [first, second]) assert.equal(await isActive(service, token), true);

  advance(3 * HOUR);
  poll();
  assert.deepEqual(await publishes(service, 1), [keyOf(second)]);
  assert.equal(await isActive(service, first), false);
});

test('the key set may be kept for half the time before a key signs, an hour at most', async (t) => {
  const { start } = world(t);
  for (const [publishBeforeMs, seconds] of [
    [HOUR, 1_800],
    [24 * HOUR, 3_600],
  ] as const) {
    const service = await start(undefined, { ...POLICY, publishBeforeMs });
    const { headers } = await service.ask('/oauth2/jwks');
    assert.equal(headers['cache-control'], `public, max-age=${seconds}`);
  }
});

test('processes of one store agree on the next key, whoever makes it', async (t) => {
  const { start, advance, poll } = world(t);
  const services = await Promise.all([start(), start(), start()]);
  advance(23 * HOUR);
  poll();
  const sets = await Promise.all(services.map((service) => publishes(service, 2)));
  assert.deepEqual(sets[0], sets[1]);
  assert.deepEqual(sets[1], sets[2]);
});

test('keys that have leaked are over with the next reading, and what they signed with them', async (t) => {
  const { memory, start, poll } = world(t);
  const service = await start();
  const token = await issue(service);
  const now = Math.floor(Date.now() / 1_000);
  const [only] = await rotateKeyRing(memory, POLICY, { now, isLeaked: true });
  assert.equal(await isActive(service, token), true);
  poll();
  const renewed = await signsWith(service, only?.signing[0]?.kid);
  assert.equal(await isActive(service, token), false);
  assert.equal(await isActive(service, renewed), true);
  assert.deepEqual(await published(service), [keyOf(renewed)]);
});

test('a token of a key that only another process knows makes the keys be read again, but seldom', async (t) => {
  const { start, advance, memory } = world(t);
  let reads = 0;
  const counted: Store = {
    ...memory,
    get: (space, key) => {
      if (key === 'key-ring') reads += 1;
      return memory.get(space, key);
    },
  };
  const early = await start(counted, { ...POLICY, publishBeforeMs: 300_000 });
  const hasty: KeyPolicy = { ...POLICY, algorithms: ['PS256'], publishBeforeMs: 0 };
  const other = await start(memory, hasty);
  const [token, before] = [await issue(other), reads];
  assert.equal(decodeProtectedHeader(token).alg, 'PS256');
  assert.equal(await isActive(early, token), false, 'the keys were read a moment ago');
  assert.equal(reads, before);

  advance(5_000);
  assert.equal(await isActive(early, token), true);
  assert.equal(reads, before + 1);
  const header = Buffer.from(JSON.stringify({ alg: 'ES256', typ: 'at+jwt', kid: 'x' }));
  const forged = [header.toString('base64url'), ...token.split('.').slice(1)].join('.');
  await Promise.all(Array.from({ length: 50 }, () => isActive(early, forged)));
  assert.equal(reads, before + 1);
});

test('keys that can not be read again stay in use, and the log says so', async (t) => {
  const { start, poll, memory } = world(t);
  let isDown = false;
  const flaky: Store = {
    ...memory,
    get: (space, key) =>
      isDown && key === 'key-ring'
        ? Promise.reject(new StoreError('store_unavailable', 'the disk is gone'))
        : memory.get(space, key),
  };
  const service = await start(flaky);
  const token = await issue(service);
  isDown = true;
  poll();
  assert.equal(await isActive(service, token), true);
  assert.equal(keyOf(await issue(service)), keyOf(token));
  const warnings = service.log.filter(({ level }) => level === 'warn');
  assert.deepEqual(
    warnings.map(({ text, fields }) => [text, fields['error']]),
    [['the signing keys could not be read again', 'the disk is gone']],
  );
});
