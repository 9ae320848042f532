import assert from 'node:assert/strict';
import { test } from 'node:test';

import { RequestError, StoreError } from '../../src/errors.ts';
import { createMemoryStore } from '../../src/store/memory.ts';
import { loadClientIds } from '../../src/token-service/registration/client-ids.ts';
import { refusedAs, startRegistration } from './registering-service.ts';

const SECRET = { token_endpoint_auth_method: 'client_secret_post' } as const;
const PKI = {
  token_endpoint_auth_method: 'tls_client_auth',
  tls_client_auth_subject_dn: 'CN=a',
} as const;

const hourMs = 3_600_000;

/** What the provider looks at, and some of what it has no use for here. */
const MEMBERS = `
grant_types response_types redirect_uris post_logout_redirect_uris scope client_name
contacts application_type subject_type default_max_age default_acr_values
require_auth_time id_token_signed_response_alg jwks userinfo_signed_response_alg
token_endpoint_auth_signing_alg response_modes initiate_login_uri logo_uri tos_uri
jwks_uri tls_client_auth_san_ip request_object_signing_alg use_mtls_endpoint_aliases
dpop_bound_access_tokens backchannel_logout_uri authorization_details_types
client_secret_expires_at`.trim();

test('keeps what it understands as it came, and leaves the rest out', async (t) => {
  const { registration, row } = await startRegistration(t);
  const understood = {
    ...PKI,
    client_name: 'Übung',
    client_uri: 'https://client.test',
    contacts: ['a@client.test'],
    grant_types: ['client_credentials'],
    response_types: [],
  };
  const answer = await registration.register({
    ...understood,
    software_version: '1',
    'client_name#de': 'Übung',
    sector_identifier_uri: 'https://client.test/sector',
    client_id: 'pki',
    client_secret: 'mine',
    logo_uri: null,
    policy_uri: '',
    asymmetricKeyStore: {},
    ...JSON.parse('{"__proto__": {"scope": "x"}, "constructor": 1}'),
  });
  const clientId = String(answer['client_id']);
  const bound = { tls_client_certificate_bound_access_tokens: true };
  assert.deepEqual((await row(clientId))?.metadata, { ...understood, ...bound });
  assert.equal('client_secret' in answer, false);
  assert.notEqual(clientId, 'pki');
});

test('neither the secret nor the token of a client is in the store', async (t) => {
  const { registration, row } = await startRegistration(t);
  const answer = await registration.register(SECRET);
  const text = JSON.stringify(await row(String(answer['client_id'])));
  for (const member of ['client_secret', 'registration_access_token']) {
    const value = String(answer[member]);
    assert.equal(value.length, 43);
    assert.equal(text.includes(value), false, member);
  }
});

test('redirects, grants and scopes are refused with the code and the member that RFC 7591 has', async (t) => {
  const { registration } = await startRegistration(t);
  const code = { grant_types: ['authorization_code'], response_types: ['code'] };
  for (const [metadata, wire, text] of [
    [{ redirect_uris: 'https://a.test' }, 'invalid_redirect_uri', /^redirect_uris must be a list/],
    [{ redirect_uris: [7] }, 'invalid_redirect_uri', /^redirect_uris must be a list/],
    [
      { redirect_uris: ['com.example.app:/back', 'https://localhost/back'] },
      'invalid_redirect_uri',
      /^redirect_uris \[1\] beside the scheme of an app/,
    ],
    [{ redirect_uris: ['/back'] }, 'invalid_redirect_uri', /^redirect_uris \[0\] must be an abs/],
    [{ redirect_uris: ['https://a.test/#b'] }, 'invalid_redirect_uri', /fragment/],
    [{ redirect_uris: ['https://u:p@a.test'] }, 'invalid_redirect_uri', /credentials/],
    [{ redirect_uris: ['http://a.test/'] }, 'invalid_redirect_uri', /must be https/],
    [{ redirect_uris: ['javascript:alert(1)'] }, 'invalid_redirect_uri', /must be https/],
    [
      { post_logout_redirect_uris: ['http://a.test'] },
      'invalid_client_metadata',
      /^post_logout_redirect_uris \[0\]/,
    ],
    [{ grant_types: ['implicit'] }, 'invalid_client_metadata', /^grant_types can only contain/],
    [{ ...code, redirect_uris: [] }, 'invalid_client_metadata', /^(grant|response)_types /],
    [{ scope: 'no-such-scope' }, 'invalid_client_metadata', /^scope must only contain/],
    [{ contacts: ['nobody'] }, 'invalid_client_metadata', /^contacts /],
  ] as const) {
    await assert.rejects(registration.register({ ...SECRET, ...metadata }), refusedAs(wire, text));
  }
});

test('a grant that the operator does not allow can not be had through a response type either', async (t) => {
  const { registration } = await startRegistration(t);
  for (const metadata of [
    { grant_types: ['client_credentials', 'password'] },
    { grant_types: ['client_credentials'], response_types: ['code'] },
  ]) {
    const attempt = registration.register({ ...SECRET, ...metadata });
    await assert.rejects(attempt, refusedAs('invalid_client_metadata'));
  }
});

test('whatever the value of a member is, it is taken or refused and never a failure', async (t) => {
  const { registration } = await startRegistration(t, { maxClients: 10_000 });
  const members = MEMBERS.split(/\s+/);
  const values: readonly unknown[] = [
    0,
    -1,
    1.5,
    true,
    false,
    'x',
    'HS256',
    'none',
    'https://a.test',
    ' ',
    '\u0000',
    [],
    [[]],
    [null],
    [1],
    [''],
    {},
    { length: 1 },
    ['code'],
    ['client_credentials', null],
  ];
  let accepted = 0;
  for (const base of [SECRET, PKI]) {
    for (const member of members) {
      for (const value of values) {
        try {
          const answer = await registration.register({ ...base, [member]: value });
          accepted += 1;
          await registration.remove(
            String(answer['client_id']),
            String(answer['registration_access_token']),
          );
        } catch (error) {
          const isRefused = error instanceof RequestError && error.status === 400;
          assert.ok(isRefused, `${member} ${JSON.stringify(value)} ${String(error)}`);
        }
      }
    }
  }
  assert.ok(accepted > 50, String(accepted));
});

test('there are never more clients than allowed, however many register at once', async (t) => {
  const { registration } = await startRegistration(t, { maxClients: 3 });
  const attempts = Array.from({ length: 12 }, () => registration.register(SECRET));
  const outcomes = await Promise.allSettled(attempts);
  const done = outcomes.filter((outcome) => outcome.status === 'fulfilled');
  assert.equal(done.length, 3);
  for (const outcome of outcomes) {
    if (outcome.status === 'fulfilled') continue;
    const { reason } = outcome.reason as RequestError;
    assert.ok(refusedAs('temporarily_unavailable')(outcome.reason));
    assert.equal(reason, 'registration_full');
  }
  const [first] = done;
  const { client_id: clientId, registration_access_token: token } = first?.value ?? {};
  await registration.remove(String(clientId), String(token));
  await registration.register(SECRET);
  await assert.rejects(registration.register(SECRET), refusedAs('temporarily_unavailable'));
});

test('more registrations than may wait for each other are refused', async (t) => {
  const { registration } = await startRegistration(t, { maxClients: 1_000 });
  const attempts = Array.from({ length: 100 }, () => registration.register(SECRET));
  const outcomes = await Promise.allSettled(attempts);
  const refused = outcomes.filter((outcome) => outcome.status === 'rejected');
  for (const { reason } of refused) assert.equal((reason as RequestError).reason, 'overloaded');
  assert.equal(outcomes.length - refused.length, 64);
});

test('of updates at the same time one is made, and the token of the others is good no more', async (t) => {
  const { registration, changes } = await startRegistration(t);
  const answer = await registration.register(PKI);
  const clientId = String(answer['client_id']);
  const token = String(answer['registration_access_token']);
  const update = { ...PKI, client_id: clientId };
  const outcomes = await Promise.allSettled(
    Array.from({ length: 5 }, () => registration.update(clientId, token, update)),
  );
  const done = outcomes.filter((outcome) => outcome.status === 'fulfilled');
  assert.equal(done.length, 1);
  const next = String(done[0]?.value['registration_access_token']);
  await assert.rejects(registration.remove(clientId, token), refusedAs('invalid_token'));
  await registration.remove(clientId, next);
  await assert.rejects(registration.update(clientId, next, update), refusedAs('invalid_token'));
  assert.ok(changes.every((changed) => changed === clientId));
});

test('an update that says what only the server says is refused, and changes nothing', async (t) => {
  const { registration, row } = await startRegistration(t);
  const answer = await registration.register(SECRET);
  const clientId = String(answer['client_id']);
  const token = String(answer['registration_access_token']);
  const before = await row(clientId);
  for (const members of [
    { client_id: 'another' },
    { client_id: undefined },
    { client_secret: 'another' },
    { registration_access_token: token },
    { registration_client_uri: 'https://a.test' },
    { client_secret_expires_at: 0 },
    { client_id_issued_at: 0 },
    { token_endpoint_auth_method: 'tls_client_auth' },
  ]) {
    const update = { ...SECRET, client_id: clientId, ...members };
    await assert.rejects(
      registration.update(clientId, token, update),
      refusedAs('invalid_client_metadata'),
    );
  }
  assert.deepEqual(await row(clientId), before);
  const right = { ...SECRET, client_id: clientId, client_secret: answer['client_secret'] };
  const updated = await registration.update(clientId, token, right);
  assert.equal('client_secret' in updated, false, 'the secret goes on');
});

test('a secret is replaced by the first update of the second half of its life', async (t) => {
  const { registration, setNow, row } = await startRegistration(t, { secretLifetimeMs: hourMs });
  const start = 1_900_000_000_000;
  setNow(start);
  let answer = await registration.register(SECRET);
  assert.equal(answer['client_secret_expires_at'], (start + hourMs) / 1_000);
  const clientId = String(answer['client_id']);
  const update = async () => {
    const token = String(answer['registration_access_token']);
    answer = await registration.update(clientId, token, { ...SECRET, client_id: clientId });
    return answer['client_secret'];
  };
  setNow(start + hourMs / 2 - 1_000);
  assert.equal(await update(), undefined);
  setNow(start + hourMs / 2);
  assert.equal(String(await update()).length, 43);
  assert.equal(answer['client_secret_expires_at'], (start + 1.5 * hourMs) / 1_000);
  assert.equal(await update(), undefined);

  // Known by its certificate from now on: the secret is gone.
  const token = String(answer['registration_access_token']);
  answer = await registration.update(clientId, token, { ...PKI, client_id: clientId });
  assert.equal('client_secret_expires_at' in answer, false);
  assert.equal((await row(clientId))?.secret, undefined);
});

test('metadata that the store would not take is refused', async (t) => {
  const { registration } = await startRegistration(t);
  // 4 characters that are written as 22.
  const large = { keys: [{ kty: 'other', x: Array.from({ length: 5_000 }, () => 1e20) }] };
  const attempt = registration.register({ ...PKI, jwks: large });
  await assert.rejects(attempt, refusedAs('invalid_client_metadata', /too large/));
});

test('a store that fails is a failure, for the one who registers and for the one who manages', async (t) => {
  const inner = createMemoryStore({ maxRecords: 100 });
  let isDown = false;
  const failing = async <T>(work: () => Promise<T>): Promise<T> => {
    if (isDown) throw new StoreError('store_unavailable', 'connection refused');
    return work();
  };
  const { registration } = await startRegistration(t, {
    store: {
      ...inner,
      get: (space, key) => failing(async () => inner.get(space, key)),
      put: (space, key, value, options) => failing(() => inner.put(space, key, value, options)),
      findByTag: (space, tag) => failing(() => inner.findByTag(space, tag)),
    },
  });
  const answer = await registration.register(SECRET);
  const clientId = String(answer['client_id']);
  isDown = true;
  await assert.rejects(registration.register(SECRET), StoreError);
  await assert.rejects(registration.read(clientId, 'x'), StoreError);
});

test('names that were not made here are told from ours without a look at the store', async () => {
  const inner = createMemoryStore({ maxRecords: 100 });
  const reads: string[] = [];
  const store = {
    ...inner,
    get: (space: string, key: string) => {
      reads.push(key);
      return inner.get(space, key);
    },
  };
  const ids = await loadClientIds(store);
  const own = ids.make();
  const other = (await loadClientIds(createMemoryStore({ maxRecords: 10 }))).make();
  const before = reads.length;
  assert.equal(ids.isOurs(own), true);
  const last = own.at(-1) === 'A' ? 'B' : 'A';
  for (const name of [
    '',
    'nobody',
    'a'.repeat(32),
    other,
    own.toLowerCase(),
    `${own}=`,
    ` ${own}`,
    own.slice(0, -1) + last,
    own.slice(1),
  ]) {
    assert.equal(ids.isOurs(name), false, name);
  }
  assert.equal(reads.length, before);
  // Replicas and restarts know them, too.
  assert.equal((await loadClientIds(store)).isOurs(own), true);
});
