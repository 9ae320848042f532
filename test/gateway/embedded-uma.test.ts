import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';

import { httpsRequest, postForm } from '../support/https-client.ts';
import type { ClientAnswer } from '../support/https-client.ts';
import { EMBEDDED, startGateway } from '../support/running-gateway.ts';
import { ALBUM, mintParties, PERMISSION, RESOURCES, startUma } from './uma-gateway.ts';

const refusal = (answer: ClientAnswer): readonly unknown[] => [
  answer.status,
  answer.json()['error'],
];

test('a ticket of a resource server leads a client to a bound token with permissions', async (t) => {
  const uma = await startUma(t);
  const pat = await uma.protectionToken('photos');
  const registered = await uma.protection({ pat, body: ALBUM });
  const id = String(registered.json()['_id']);
  assert.equal(registered.status, 201);
  assert.equal(registered.headers['location'], `https://localhost:9443${RESOURCES}/${id}`);

  const ticket = await uma.ticket(pat, [{ resource_id: id, resource_scopes: ['view'] }]);
  const answer = await uma.redeem('viewer', ticket);
  assert.equal(answer.status, 200, answer.text);
  const { access_token: rpt, ...rest } = answer.json();
  assert.deepEqual(rest, { expires_in: 3_600, token_type: 'Bearer' });

  const told = await uma.introspect('photos', rpt);
  assert.equal(told['active'], true);
  assert.equal(told['client_id'], 'viewer');
  assert.deepEqual(told['cnf'], { 'x5t#S256': uma.identities.viewer.thumbprint });
  assert.deepEqual(told['permissions'], [
    { resource_id: id, resource_scopes: ['view'], exp: told['exp'] },
  ]);
  assert.deepEqual((await uma.introspect('viewer', rpt))['permissions'], told['permissions']);
  assert.deepEqual(await uma.introspect('files', rpt), { active: false }, 'another server');
});

test('the metadata names the endpoints, and without UMA there are none', async (t) => {
  const uma = await startUma(t);
  const path = '/.well-known/uma2-configuration';
  const document = (await uma.protection({ path, method: 'GET', party: null })).json();
  assert.equal(document['issuer'], 'https://localhost:9443');
  assert.equal(document['token_endpoint'], 'https://localhost:9443/oauth2/token');
  assert.equal(document['permission_endpoint'], `https://localhost:9443${PERMISSION}`);
  assert.equal(document['resource_registration_endpoint'], `https://localhost:9443${RESOURCES}`);
  assert.equal((await uma.protection({ path, body: {}, party: null })).status, 405);

  const { port, ca, close } = await startGateway({ yaml: EMBEDDED });
  t.after(close);
  for (const absent of [path, RESOURCES, `${RESOURCES}/x`, PERMISSION]) {
    assert.equal((await httpsRequest({ port, ca, path: absent })).status, 404, absent);
  }
});

test('a resource server without a certificate has a token that opens nothing', async (t) => {
  const uma = await startUma(t);
  const form = { grant_type: 'client_credentials', scope: 'uma_protection' };
  const pat = String((await uma.token('files', form, null)).json()['access_token']);
  for (const party of ['files', null] as const) {
    const answer = await uma.protection({ pat, body: ALBUM, party });
    assert.deepEqual(refusal(answer), [401, 'invalid_token']);
  }
  await uma.gateway.logged((line) => line['reason'] === 'token_unbound');
  const bound = await uma.protectionToken('files');
  assert.equal((await uma.protection({ pat: bound, body: ALBUM, party: 'files' })).status, 201);
});

test('resources and tokens outlive a restart, what no policy allows any more does not', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'certbound-uma-'));
  t.after(() => rm(folder, { recursive: true }));
  const kept = { storePath: join(folder, 'store.sqlite'), identities: await mintParties() };
  const first = await startUma(t, kept);
  const pat = await first.protectionToken('photos');
  const id = await first.register(pat);
  const asked = { resource_id: id, resource_scopes: ['view'] };
  const rpt = (await first.redeem('viewer', await first.ticket(pat, asked))).json()['access_token'];
  const ticket = await first.ticket(pat, asked);
  await first.gateway.close();

  const second = await startUma(t, kept);
  assert.deepEqual((await second.protection({ pat, method: 'GET' })).json(), [id]);
  assert.equal((await second.introspect('photos', rpt))['active'], true);
  assert.equal((await second.redeem('viewer', ticket)).status, 200);
  await second.gateway.close();

  const third = await startUma(t, { ...kept, policies: ' []' });
  assert.deepEqual(await third.introspect('photos', rpt), { active: false });
});

test('a resource server is told where it has asked for too much', async (t) => {
  const uma = await startUma(t, { uma: 'max_resources: 1\n      max_tickets: 2' });
  const pat = await uma.protectionToken('photos');
  const id = await uma.register(pat);
  assert.deepEqual(refusal(await uma.protection({ pat, body: ALBUM })), [403, 'limit_exceeded']);
  await uma.register(await uma.protectionToken('files'), 'files');

  const body = { resource_id: id, resource_scopes: ['view'] };
  await uma.ticket(pat, body);
  await uma.ticket(pat, body);
  const third = await uma.protection({ pat, path: PERMISSION, body });
  assert.deepEqual(refusal(third), [429, 'limit_exceeded']);
});

test('resources are described, listed and described anew by their owner alone', async (t) => {
  const uma = await startUma(t);
  const pat = await uma.protectionToken('photos');
  const other = await uma.protectionToken('files');
  const ofLarry = await uma.protectionToken('photos', 'larry');
  const id = await uma.register(pat);
  const path = `${RESOURCES}/${id}`;

  const read = await uma.protection({ pat, path, method: 'GET' });
  assert.deepEqual(read.json(), { _id: id, ...ALBUM });
  assert.deepEqual((await uma.protection({ pat, method: 'GET' })).json(), [id]);
  const body = { resource_scopes: ['view'] };
  const changed = await uma.protection({ pat, path, method: 'PUT', body });
  assert.deepEqual([changed.status, changed.json()], [200, { _id: id }]);
  assert.deepEqual((await uma.protection({ pat, path, method: 'GET' })).json(), {
    _id: id,
    ...body,
  });

  for (const [who, party] of [
    [other, 'files'],
    [ofLarry, 'photos'],
  ] as const) {
    assert.deepEqual((await uma.protection({ pat: who, method: 'GET', party })).json(), []);
    for (const [method, sent] of [['GET'], ['PUT', body], ['DELETE']] as const) {
      const answer = await uma.protection({ pat: who, path, method, body: sent, party });
      assert.deepEqual(refusal(answer), [404, 'not_found'], method);
    }
    const asked = { resource_id: id, resource_scopes: ['view'] };
    const answer = await uma.protection({ pat: who, path: PERMISSION, body: asked, party });
    assert.deepEqual(refusal(answer), [400, 'invalid_resource_id']);
  }
  assert.equal((await uma.protection({ pat, path, method: 'DELETE' })).status, 204);
  assert.deepEqual(refusal(await uma.protection({ pat, path, method: 'GET' })), [404, 'not_found']);
});

test('the protection API takes a bound token with its scope and its certificate alone', async (t) => {
  const uma = await startUma(t);
  const pat = await uma.protectionToken('photos');
  const plain = (await uma.token('photos', { grant_type: 'client_credentials' })).json();
  const tries = [
    [{}, 401, 'token_required', 'token_absent'],
    [{ pat: 'unknown' }, 401, 'invalid_token', 'token_inactive'],
    [{ pat, party: null }, 401, 'invalid_token', 'certificate_absent'],
    [{ pat, party: 'files' }, 401, 'invalid_token', 'binding_mismatch'],
    [{ pat: String(plain['access_token']) }, 403, 'insufficient_scope', 'token_scope_insufficient'],
  ] as const;
  for (const [request, status, error, reason] of tries) {
    for (const path of [RESOURCES, PERMISSION, `${RESOURCES}/x`]) {
      const answer = await uma.protection({ ...request, path, body: ALBUM });
      assert.deepEqual(refusal(answer), [status, error], reason);
      assert.match(String(answer.headers['www-authenticate']), /^Bearer realm=/);
    }
    await uma.gateway.logged((line) => line['reason'] === reason);
  }
  const refused = await uma.token('viewer', {
    grant_type: 'client_credentials',
    scope: 'uma_protection',
  });
  assert.deepEqual(refusal(refused), [400, 'invalid_scope']);
});

test('a certificate that is not the client’s leads to no token', async (t) => {
  const uma = await startUma(t);
  const pat = await uma.protectionToken('photos');
  const id = await uma.register(pat);
  const ticket = await uma.ticket(pat, { resource_id: id, resource_scopes: ['view'] });
  const form = { grant_type: 'urn:ietf:params:oauth:grant-type:uma-ticket', ticket };
  const answer = await uma.token('viewer', form, uma.identities.stranger);
  assert.deepEqual(refusal(answer), [401, 'invalid_client']);
  assert.equal((await uma.redeem('viewer', ticket)).status, 200);
});

test('a client that no policy names is denied, and the ticket is used up', async (t) => {
  const uma = await startUma(t);
  const pat = await uma.protectionToken('photos');
  const id = await uma.register(pat);
  const ticket = await uma.ticket(pat, { resource_id: id, resource_scopes: ['view'] });
  assert.deepEqual(refusal(await uma.redeem('stranger', ticket)), [403, 'request_denied']);
  await uma.gateway.logged((line) => line['reason'] === 'uma_request_denied');
  assert.deepEqual(refusal(await uma.redeem('viewer', ticket)), [400, 'invalid_grant']);
  assert.deepEqual(refusal(await uma.redeem('viewer', 'unknown')), [400, 'invalid_grant']);
  assert.deepEqual(refusal(await uma.redeem('photos', ticket)), [400, 'invalid_request']);
});

test('of many redemptions of one ticket at the same time exactly one leads to a token', async (t) => {
  const uma = await startUma(t);
  const pat = await uma.protectionToken('photos');
  const id = await uma.register(pat);
  const ticket = await uma.ticket(pat, { resource_id: id, resource_scopes: ['view'] });
  const answers = await Promise.all(Array.from({ length: 24 }, () => uma.redeem('viewer', ticket)));
  const failed = answers.filter(({ status }) => status !== 200);
  assert.equal(failed.length, answers.length - 1);
  assert.ok(failed.every((answer) => answer.json()['error'] === 'invalid_grant'));
  assert.deepEqual(refusal(await uma.redeem('viewer', ticket)), [400, 'invalid_grant']);
});

test('a resource that is deleted ends its permissions at once', async (t) => {
  const uma = await startUma(t);
  const pat = await uma.protectionToken('photos');
  const [kept, gone] = [await uma.register(pat), await uma.register(pat)];
  const asked = [kept, gone].map((id) => ({ resource_id: id, resource_scopes: ['view'] }));
  const early = await uma.ticket(pat, [asked[1]]);
  const rpt = (await uma.redeem('viewer', await uma.ticket(pat, asked))).json()['access_token'];
  const ids = async () => {
    const permissions = (await uma.introspect('photos', rpt))['permissions'];
    return (permissions as { resource_id: string }[]).map((permission) => permission.resource_id);
  };
  assert.deepEqual((await ids()).toSorted(), [kept, gone].toSorted());

  await uma.protection({ pat, path: `${RESOURCES}/${gone}`, method: 'DELETE' });
  assert.deepEqual(await ids(), [kept]);
  assert.deepEqual(refusal(await uma.redeem('viewer', early)), [403, 'request_denied']);
  const without = { resource_scopes: ['download'] };
  await uma.protection({ pat, path: `${RESOURCES}/${kept}`, method: 'PUT', body: without });
  assert.deepEqual(await uma.introspect('photos', rpt), { active: false });
  assert.deepEqual(await uma.introspect('viewer', rpt), { active: false });
});

test('a client has the scopes of the ticket and those that it asks for, as far as allowed', async (t) => {
  const uma = await startUma(t);
  const pat = await uma.protectionToken('photos');
  const id = await uma.register(pat);
  const scopesOf = async (resourceScopes: readonly string[], form: Record<string, string>) => {
    const ticket = await uma.ticket(pat, { resource_id: id, resource_scopes: resourceScopes });
    const answer = await uma.redeem('viewer', ticket, form);
    if (answer.status !== 200) return refusal(answer);
    const told = await uma.introspect('photos', answer.json()['access_token']);
    const [permission] = told['permissions'] as { resource_scopes: string[] }[];
    return permission?.resource_scopes;
  };
  assert.deepEqual(await scopesOf(['view', 'delete'], {}), ['view'], 'not what no policy allows');
  assert.deepEqual(await scopesOf(['delete'], {}), [403, 'request_denied']);
  assert.deepEqual(await scopesOf(['delete'], { scope: 'view' }), ['view']);
  assert.deepEqual(await scopesOf([], { scope: 'view' }), ['view']);
  assert.deepEqual(await scopesOf([], {}), [403, 'request_denied']);
  const invalid = [400, 'invalid_scope'];
  assert.deepEqual(await scopesOf(['view'], { scope: 'print' }), invalid, 'the album has none');
  assert.deepEqual(await scopesOf(['view'], { scope: 'download' }), invalid, 'no policy of its');
  const unregistered = { resource_id: id, resource_scopes: ['print'] };
  const answer = await uma.protection({ pat, path: PERMISSION, body: unregistered });
  assert.deepEqual(refusal(answer), invalid, 'the resource is not registered with it');
});

test('a token that is shown with the ticket passes its permissions on', async (t) => {
  const uma = await startUma(t);
  const pat = await uma.protectionToken('photos');
  const [one, two] = [await uma.register(pat), await uma.register(pat)];
  const ask = (id: string) => uma.ticket(pat, { resource_id: id, resource_scopes: ['view'] });
  const first = (await uma.redeem('viewer', await ask(one))).json()['access_token'];
  const upgraded = await uma.redeem('viewer', await ask(two), { rpt: String(first) });
  assert.equal(upgraded.json()['upgraded'], true);
  const told = await uma.introspect('photos', upgraded.json()['access_token']);
  assert.deepEqual(told['permissions'], [
    { resource_id: one, resource_scopes: ['view'], exp: told['exp'] },
    { resource_id: two, resource_scopes: ['view'], exp: told['exp'] },
  ]);

  const rpt = String(first);
  const claims = {
    claim_token: await uma.userToken('sam'),
    claim_token_format: 'urn:ietf:params:oauth:token-type:access_token',
  };
  const others = [
    await uma.redeem('app', await ask(two), { ...claims, rpt }),
    await uma.redeem('viewer', await ask(two), { rpt: pat }),
    await uma.redeem('viewer', await ask(two), { rpt: 'unknown' }),
  ];
  for (const answer of others) assert.deepEqual(refusal(answer), [400, 'invalid_grant']);
});

test('a client that acts for a user has what the user, or the owner, may have', async (t) => {
  const uma = await startUma(t);
  const pat = await uma.protectionToken('photos', 'larry');
  const id = await uma.register(pat);
  const everything = { resource_id: id, resource_scopes: ALBUM.resource_scopes };
  const format = 'urn:ietf:params:oauth:token-type:access_token';
  const askFor = async (claimToken: string, claimTokenFormat = format) => {
    const form = { claim_token: claimToken, claim_token_format: claimTokenFormat };
    return uma.redeem('app', await uma.ticket(pat, everything), form);
  };
  const scopesOf = async (answer: ClientAnswer) => {
    const told = await uma.introspect('photos', answer.json()['access_token']);
    const [permission] = told['permissions'] as { resource_scopes: string[] }[];
    return [told['sub'], permission?.resource_scopes];
  };
  const sam = await uma.userToken('sam');
  const ofSam = await askFor(sam);
  assert.deepEqual(await scopesOf(ofSam), ['sam', ['view', 'download']]);
  const ofLarry = await askFor(await uma.userToken('larry'));
  assert.deepEqual(await scopesOf(ofLarry), ['larry', ['view', 'delete']]);

  const alone = await uma.redeem('app', await uma.ticket(pat, everything));
  assert.deepEqual(refusal(alone), [403, 'request_denied']);
  assert.deepEqual(refusal(await askFor(pat)), [400, 'invalid_grant'], 'of another client');
  assert.deepEqual(refusal(await askFor('unknown')), [400, 'invalid_grant']);
  const idToken = 'http://openid.net/specs/openid-connect-core-1_0.html#IDToken';
  assert.deepEqual(refusal(await askFor(sam, idToken)), [400, 'invalid_request']);
});

test('a resource server keeps the resources of a user as long as the login lasts', async (t) => {
  const uma = await startUma(t);
  const login = await uma.token('photos', {
    grant_type: 'password',
    username: 'larry',
    password: 'word',
    scope: 'uma_protection',
  });
  const { refresh_token: refreshToken, scope } = login.json();
  assert.equal(scope, 'uma_protection');
  const id = await uma.register(String(login.json()['access_token']));
  const form = { grant_type: 'refresh_token', refresh_token: String(refreshToken) };
  const pat = String((await uma.token('photos', form)).json()['access_token']);
  assert.deepEqual((await uma.protection({ pat, method: 'GET' })).json(), [id]);

  for (const [party, wanted] of [
    ['app', 'uma_protection'],
    ['photos', 'openid'],
    ['photos', 'uma_protection openid'],
  ] as const) {
    const asked = { grant_type: 'password', username: 'larry', password: 'word', scope: wanted };
    assert.deepEqual(refusal(await uma.token(party, asked)), [400, 'invalid_scope']);
  }
});

test('a revoked token has no permissions, nor has one of a login that was ended', async (t) => {
  const uma = await startUma(t);
  const pat = await uma.protectionToken('photos');
  const id = await uma.register(pat);
  const ask = () => uma.ticket(pat, { resource_id: id, resource_scopes: ['view'] });
  const revoke = async (party: 'viewer' | 'app', token: unknown) => {
    const { port, ca } = uma.gateway;
    const form = { client_id: party, token: String(token) };
    const path = '/oauth2/revoke';
    const answer = await postForm({ port, ca, path, form, ...uma.identities[party] });
    assert.equal(answer.status, 200);
  };
  const rpt = (await uma.redeem('viewer', await ask())).json()['access_token'];
  await revoke('viewer', rpt);
  assert.deepEqual(await uma.introspect('photos', rpt), { active: false });

  const login = await uma.token('app', {
    grant_type: 'password',
    username: 'sam',
    password: 'word',
  });
  const claims = {
    claim_token: String(login.json()['access_token']),
    claim_token_format: 'urn:ietf:params:oauth:token-type:access_token',
  };
  const ofSam = (await uma.redeem('app', await ask(), claims)).json()['access_token'];
  assert.equal((await uma.introspect('photos', ofSam))['active'], true);
  await revoke('app', login.json()['refresh_token']);
  assert.deepEqual(await uma.introspect('photos', ofSam), { active: false });
});

test('without permission_information introspection tells that a token is active alone', async (t) => {
  const uma = await startUma(t, { uma: 'permission_information: false' });
  const pat = await uma.protectionToken('photos');
  const id = await uma.register(pat);
  const ticket = await uma.ticket(pat, { resource_id: id, resource_scopes: ['view'] });
  const rpt = (await uma.redeem('viewer', ticket)).json()['access_token'];
  const told = await uma.introspect('photos', rpt);
  assert.equal(told['active'], true);
  assert.equal('permissions' in told, false);
});
