import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TestContext } from 'node:test';

import { StoreError } from '../../src/errors.ts';
import { createMemoryStore } from '../../src/store/memory.ts';
import type { Store } from '../../src/store/store.ts';
import type { ServiceClient } from '../../src/token-service/clients/client-metadata.ts';
import { hashPassword } from '../../src/users/hash-password.ts';
import { createAttempts } from '../../src/users/attempts.ts';
import { createPasswordCheck } from '../../src/users/password-check.ts';
import { ADMIN, startService } from './running-service.ts';
import type { Answer, RunningService } from './running-service.ts';

const CLIENT: ServiceClient = {
  clientId: 'app',
  method: 'client_secret_post',
  secret: 'secret',
  binding: 'if_present',
  grantTypes: ['password', 'refresh_token'],
};

const users = [{ name: 'alice', hash: await hashPassword('right') }];

/** More writes than a redemption makes. */
const MOST_WRITES = 10;

for (const outcome of ['is lost', 'stands, but its answer is lost'] as const) {
  test(`F07: when a write of a refresh ${outcome}, the refresh token is as good as before`, async (t) => {
    const { service, failWrite } = await start(t);
    let failures = 0;
    for (let write = 1; write <= MOST_WRITES; write += 1) {
      const { refresh_token: token } = await login(service);
      failWrite(write, outcome);
      const answer = await refresh(service, token);
      if (answer.status === 200) break;
      failures += 1;
      assert.deepEqual([answer.status, answer.json()['error']], [503, 'temporarily_unavailable']);
      const again = await refresh(service, token);
      assert.equal(again.status, 200, `after write ${write}: ${again.text}`);
      assert.equal(await isActive(service, again.json()['access_token']), true);
      const next = await refresh(service, again.json()['refresh_token']);
      assert.equal(next.status, 200, next.text);
      const replayed = await refresh(service, token);
      assert.deepEqual([replayed.status, replayed.json()['error']], [400, 'invalid_grant']);
      assert.equal(await isActive(service, next.json()['access_token']), false);
    }
    assert.ok(failures >= 3, 'a refresh token, an access token and the use are written');
    assert.ok(failures < MOST_WRITES);
  });
}

test('F07: a refresh token that could not be used up many times is still good once', async (t) => {
  const { service, failWrite } = await start(t);
  const { refresh_token: token } = await login(service);
  for (let count = 0; count < 5; count += 1) {
    failWrite(3, count % 2 === 0 ? 'stands, but its answer is lost' : 'is lost');
    assert.equal((await refresh(service, token)).status, 503);
  }
  const answers = await Promise.all([refresh(service, token), refresh(service, token)]);
  assert.deepEqual(
    answers.map(({ status }) => status).toSorted((a, b) => a - b),
    [200, 400],
  );
});

test('a use that another process left without an answer counts: it may have been one', async (t) => {
  const store = createMemoryStore({ maxRecords: 10_000 });
  t.after(() => store.close());
  const first = await start(t, store);
  const tokens = await login(first.service);
  first.failWrite(3, 'stands, but its answer is lost');
  assert.equal((await refresh(first.service, tokens.refresh_token)).status, 503);
  const second = await start(t, store);
  const answer = await refresh(second.service, tokens.refresh_token);
  assert.deepEqual([answer.status, answer.json()['error']], [400, 'invalid_grant']);
  assert.equal(await isActive(second.service, tokens.access_token), false);
});

type Outcome = 'is lost' | 'stands, but its answer is lost';

async function start(t: TestContext, inner: Store = createMemoryStore({ maxRecords: 10_000 })) {
  t.after(() => inner.close());
  let countdown = Number.POSITIVE_INFINITY;
  let outcome: Outcome = 'is lost';
  const store: Store = {
    ...inner,
    async put(...facts) {
      countdown -= 1;
      if (countdown !== 0) return inner.put(...facts);
      if (outcome !== 'is lost') await inner.put(...facts);
      throw new StoreError('store_unavailable', 'no answer');
    },
  };
  const passwords = await createPasswordCheck(users, {
    attempts: createAttempts({ now: Date.now }),
  });
  const service = await startService(t, {
    clients: [CLIENT, ADMIN],
    passwords,
    passwordGrant: true,
    store,
  });
  return {
    service,
    /** Lets the write that comes as this one from now on, counted from 1, go wrong. */
    failWrite(write: number, how: Outcome) {
      countdown = write;
      outcome = how;
    },
  };
}

interface Tokens {
  readonly access_token: unknown;
  readonly refresh_token: unknown;
}

async function login(service: RunningService): Promise<Tokens> {
  const form = { grant_type: 'password', username: 'alice', password: 'right' };
  const { access_token, refresh_token } = (await askToken(service, form)).json();
  return { access_token, refresh_token };
}

function refresh(service: RunningService, token: unknown): Promise<Answer> {
  return askToken(service, { grant_type: 'refresh_token', refresh_token: String(token) });
}

function askToken(service: RunningService, form: Readonly<Record<string, string>>) {
  return service.ask('/oauth2/token', {
    form: { client_id: 'app', client_secret: 'secret', ...form },
    decidedFor: 'app',
  });
}

async function isActive(service: RunningService, token: unknown): Promise<unknown> {
  const answer = await service.introspect(String(token), { basic: ['admin', 'admin secret'] });
  return answer.json()['active'];
}
