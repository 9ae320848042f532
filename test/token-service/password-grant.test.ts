import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TestContext } from 'node:test';

import { hashPassword } from '../../src/users/hash-password.ts';
import { createAttempts } from '../../src/users/attempts.ts';
import { createPasswordCheck } from '../../src/users/password-check.ts';
import { createMemoryStore } from '../../src/store/memory.ts';
import type { ServiceClient } from '../../src/token-service/clients/client-metadata.ts';
import { ADMIN, startService } from './running-service.ts';
import type { Answer, Ask, RunningService } from './running-service.ts';

const PARALLEL = 200;

const CLIENT: ServiceClient = {
  clientId: 'app',
  method: 'client_secret_post',
  secret: 'secret',
  binding: 'if_present',
  grantTypes: ['password', 'refresh_token'],
};
const WITHOUT_REFRESH: ServiceClient = { ...CLIENT, clientId: 'short', grantTypes: ['password'] };
const WITHOUT_PASSWORD: ServiceClient = {
  ...CLIENT,
  clientId: 'machine',
  grantTypes: ['client_credentials'],
};
const BOUND: ServiceClient = { ...CLIENT, clientId: 'bound', binding: 'required' };
const CLIENTS = [CLIENT, WITHOUT_REFRESH, WITHOUT_PASSWORD, BOUND, ADMIN];

const users = [{ name: 'alice', hash: await hashPassword('right') }];

async function start(t: TestContext, store?: ReturnType<typeof createMemoryStore>) {
  const passwords = await createPasswordCheck(users, {
    attempts: createAttempts({ now: Date.now }),
  });
  const options = { clients: CLIENTS, passwords, passwordGrant: true };
  return startService(t, { ...options, ...(store && { store }) });
}

type Form = Readonly<Record<string, string>>;

function askToken(
  service: RunningService,
  form: Form,
  { clientId = 'app', ...facts }: Ask & { readonly clientId?: string } = {},
): Promise<Answer> {
  return service.ask('/oauth2/token', {
    ...facts,
    form: { client_id: clientId, client_secret: 'secret', ...form },
    decidedFor: clientId,
  });
}

const LOGIN = { grant_type: 'password', username: 'alice', password: 'right' } as const;

function refresh(token: unknown): Form {
  return { grant_type: 'refresh_token', refresh_token: String(token) };
}

async function introspect(service: RunningService, token: unknown) {
  const answer = await service.introspect(String(token), { basic: ['admin', 'admin secret'] });
  return answer.json();
}

test('the right password leads to tokens bound to the certificate', async (t) => {
  const service = await start(t);
  const answer = await askToken(service, LOGIN, { certificate: service.stranger });
  assert.equal(answer.status, 200, answer.text);
  const token = answer.json();
  assert.deepEqual(Object.keys(token).toSorted(), [
    'access_token',
    'expires_in',
    'refresh_token',
    'token_type',
  ]);
  assert.deepEqual([token['token_type'], token['expires_in']], ['Bearer', 600]);
  assert.equal(answer.headers['cache-control'], 'no-store');
  const {
    active,
    sub,
    client_id: clientId,
    cnf,
  } = await introspect(service, token['access_token']);
  const bound = { 'x5t#S256': service.stranger.thumbprint };
  assert.deepEqual(
    { active, sub, clientId, cnf },
    {
      active: true,
      sub: 'alice',
      clientId: 'app',
      cnf: bound,
    },
  );

  const unbound = (await askToken(service, LOGIN)).json();
  assert.equal((await introspect(service, unbound['access_token']))['cnf'], undefined);
  const required = await askToken(service, LOGIN, { clientId: 'bound' });
  assert.deepEqual([required.status, required.json()['error']], [400, 'invalid_grant']);
});

test('a refresh token is good once, and what it leads to is bound anew', async (t) => {
  const service = await start(t);
  const { registered, stranger } = service;
  const first = (await askToken(service, LOGIN, { certificate: registered })).json();
  const second = await askToken(service, refresh(first['refresh_token']), {
    certificate: stranger,
  });
  assert.equal(second.status, 200, second.text);
  const token = second.json();
  assert.notEqual(token['refresh_token'], first['refresh_token']);
  const { cnf, sub } = await introspect(service, token['access_token']);
  assert.deepEqual([cnf, sub], [{ 'x5t#S256': stranger.thumbprint }, 'alice']);

  const again = await askToken(service, refresh(first['refresh_token']));
  assert.deepEqual([again.status, again.json()['error']], [400, 'invalid_grant']);
  const stolen = await introspect(service, token['access_token']);
  assert.deepEqual(stolen, { active: false }, 'whoever replays ends the whole grant');
});

test('of parallel redemptions of a refresh token exactly one wins', async (t) => {
  const store = createMemoryStore({ maxRecords: 10_000 });
  t.after(() => store.close());
  const service = await start(t, store);
  const { refresh_token: token } = (await askToken(service, LOGIN)).json();
  const answers = await Promise.all(
    Array.from({ length: PARALLEL }, () => askToken(service, refresh(token))),
  );
  const won = answers.filter(({ status }) => status === 200);
  assert.equal(won.length, 1);
  for (const answer of answers) {
    if (answer.status === 200) continue;
    assert.deepEqual([answer.status, answer.json()['error']], [400, 'invalid_grant']);
  }
});

test('a refresh token is no good for another client, and a client without the grant gets none', async (t) => {
  const service = await start(t);
  const { refresh_token: token } = (await askToken(service, LOGIN)).json();
  const other = await askToken(service, refresh(token), { clientId: 'bound' });
  assert.deepEqual([other.status, other.json()['error']], [400, 'invalid_grant']);
  const short = await askToken(service, LOGIN, { clientId: 'short' });
  assert.deepEqual([short.status, short.json()['refresh_token']], [200, undefined]);
  const machine = await askToken(service, LOGIN, { clientId: 'machine' });
  assert.equal(machine.status, 400);
});

test('a refresh token is active for its own client, and for no resource server', async (t) => {
  const service = await start(t);
  const { refresh_token: token } = (await askToken(service, LOGIN)).json();
  assert.deepEqual(await introspect(service, token), { active: false });
  const own = await service.introspect(String(token), {
    form: { client_id: 'app', client_secret: 'secret' },
    decidedFor: 'app',
  });
  assert.deepEqual([own.json()['active'], own.json()['sub']], [true, 'alice']);
});

test('an unknown user and a wrong password are answered alike, and told by reason', async (t) => {
  const service = await start(t);
  const wrong = await askToken(service, { ...LOGIN, password: 'wrong 4711' });
  const unknown = await askToken(service, { ...LOGIN, username: 'nobody 4712' });
  assert.deepEqual([wrong.status, wrong.json()['error']], [400, 'invalid_grant']);
  assert.equal(wrong.text, unknown.text);
  const reasons = service.log.map(({ fields }) => fields['reason']).filter(Boolean);
  assert.deepEqual(reasons, ['user_password_mismatch', 'user_password_mismatch']);
  assert.doesNotMatch(JSON.stringify(service.log), /471[12]/);
  for (const form of [
    { grant_type: 'password', username: 'alice' },
    { grant_type: 'password', password: 'right' },
  ]) {
    const incomplete = await askToken(service, form);
    assert.deepEqual([incomplete.status, incomplete.json()['error']], [400, 'invalid_request']);
  }
  const scoped = await askToken(service, { ...LOGIN, scope: 'openid' });
  assert.deepEqual([scoped.status, scoped.json()['error']], [400, 'invalid_scope']);
});

test('wrong passwords block a user from one network, not from another', async (t) => {
  const service = await start(t);
  const from = (address: string, password = 'wrong') =>
    askToken(service, { ...LOGIN, password }, { headers: { 'x-forwarded-for': address } });
  await Promise.all(Array.from({ length: 30 }, () => from('192.0.2.1')));
  const blocked = await from('192.0.2.1', 'right');
  assert.deepEqual([blocked.status, blocked.json()['error']], [400, 'invalid_grant']);
  assert.equal(service.log.at(-1)?.fields['reason'], 'user_attempts_exceeded');
  assert.equal((await from('192.0.2.2', 'right')).status, 200);
});

test('the tokens of a user who is gone are inactive and lead to no others', async (t) => {
  const store = createMemoryStore({ maxRecords: 100 });
  t.after(() => store.close());
  const before = await start(t, store);
  const token = (await askToken(before, LOGIN)).json();
  const passwords = await createPasswordCheck([], { attempts: createAttempts({ now: Date.now }) });
  const after = await startService(
    t,
    { clients: CLIENTS, passwords, passwordGrant: true, store },
    before,
  );
  assert.deepEqual(await introspect(after, token['access_token']), { active: false });
  const refreshed = await askToken(after, refresh(token['refresh_token']));
  assert.deepEqual([refreshed.status, refreshed.json()['error']], [400, 'invalid_grant']);
  const login = await askToken(after, LOGIN);
  assert.deepEqual([login.status, login.json()['error']], [400, 'invalid_grant']);
});

test('without the password grant nobody is asked for one', async (t) => {
  const service = await startService(t, {
    clients: [{ ...CLIENT, grantTypes: ['client_credentials'] }, ADMIN],
  });
  const answer = await askToken(service, LOGIN);
  assert.deepEqual([answer.status, answer.json()['error']], [400, 'unsupported_grant_type']);
  const { grant_types_supported: supported } = (
    await service.ask('/.well-known/openid-configuration')
  ).json();
  assert.deepEqual(supported, ['client_credentials']);
});
