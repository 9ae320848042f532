import assert from 'node:assert/strict';
import { test } from 'node:test';

import { createMemoryStore } from '../../../src/store/memory.ts';
import type { Answer } from '../running-service.ts';
import { CLIENTS, createTroubledStore, RESOURCES, startUmaService } from './uma-service.ts';

const FORMAT = 'urn:ietf:params:oauth:token-type:access_token';
const claims = (token: string) => ({ claim_token: token, claim_token_format: FORMAT });

function assertRefused(answer: Answer, error: string): void {
  assert.deepEqual([answer.status, answer.json()['error']], [400, error], answer.text);
}

test('a claim token is one of the client itself, with the certificate that it is bound to', async (t) => {
  const uma = await startUmaService(t, { users: ['sam'] });
  const pat = await uma.protectionToken();
  const id = await uma.register(pat);
  const own = await uma.userToken('viewer', 'sam');
  const ask = () => uma.ticket(pat, id);
  assert.equal((await uma.redeem(await ask(), claims(own))).status, 200);

  const withOther = await uma.redeem(await ask(), claims(own), uma.service.pki);
  assertRefused(withOther, 'invalid_grant');
  const loose = await uma.userToken('loose', 'sam');
  assertRefused(await uma.redeem(await ask(), claims(loose)), 'invalid_grant');
  const machine = await uma.redeem(await ask(), claims(pat));
  assertRefused(machine, 'invalid_grant');
  assertRefused(await uma.redeem(await ask(), { claim_token: own }), 'invalid_request');
  const formatAlone = await uma.redeem(await ask(), { claim_token_format: FORMAT });
  assertRefused(formatAlone, 'invalid_request');
});

test('permissions of a client alone do not become those of a user, nor of another user', async (t) => {
  const uma = await startUmaService(t, { users: ['sam', 'larry'] });
  const pat = await uma.protectionToken();
  const id = await uma.register(pat);
  const tokenFor = async (user?: string) => {
    const form = user === undefined ? {} : claims(await uma.userToken('viewer', user));
    const answer = await uma.redeem(await uma.ticket(pat, id), form);
    return String(answer.json()['access_token']);
  };
  const sam = claims(await uma.userToken('viewer', 'sam'));
  for (const rpt of [await tokenFor(), await tokenFor('larry')]) {
    assertRefused(await uma.redeem(await uma.ticket(pat, id), { ...sam, rpt }), 'invalid_grant');
  }
  const rpt = await tokenFor('sam');
  const upgraded = await uma.redeem(await uma.ticket(pat, id), { ...sam, rpt });
  assert.equal(upgraded.json()['upgraded'], true);
});

test('a client that is no resource server any more, and a user who is gone, have nothing', async (t) => {
  const store = createMemoryStore({ maxRecords: 1_000 });
  t.after(() => store.close());
  const first = await startUmaService(t, { store, users: ['larry'] });
  const [pat, ofLarry] = [await first.protectionToken(), await first.protectionToken('larry')];
  const id = await first.register(ofLarry);
  const rpt = String((await first.redeem(await first.ticket(ofLarry, id))).json()['access_token']);
  const ticket = await first.ticket(ofLarry, id);
  const facts = { certificate: first.service.registered };
  assert.equal((await first.introspect(rpt)).json()['active'], true);

  const demoted = CLIENTS.map((client) => ({ ...client, scopes: [] }));
  const second = await startUmaService(t, { store, clients: demoted });
  assert.equal((await second.call(pat, RESOURCES, undefined, facts)).status, 403);
  assert.equal((await second.call(ofLarry, RESOURCES, undefined, facts)).status, 401);
  assert.deepEqual((await second.introspect(rpt)).json(), { active: false });
  const denied = await second.redeem(ticket);
  assert.deepEqual([denied.status, denied.json()['error']], [403, 'request_denied']);

  const clients = CLIENTS.filter(({ clientId }) => clientId !== 'photos');
  const third = await startUmaService(t, { store, clients, users: ['larry'] });
  assert.equal((await third.call(pat, RESOURCES, undefined, facts)).status, 401);
  assert.deepEqual((await third.introspect(rpt)).json(), { active: false });
});

test('a token whose login is gone opens nothing', async (t) => {
  const { store, written } = createTroubledStore(t);
  const uma = await startUmaService(t, { store, users: ['larry'] });
  const pat = await uma.protectionToken('larry');
  assert.equal((await uma.call(pat, RESOURCES)).status, 200);
  const grants = written.filter(({ key }) => key.startsWith('Grant:'));
  assert.equal(grants.length, 1);
  // The token itself is there still, as one that was issued while the login ended.
  for (const { space, key } of grants) await store.delete(space, key);
  assert.equal((await uma.call(pat, RESOURCES)).status, 401);
});

test('whoever names a resource server that has become public is told of no permissions', async (t) => {
  const store = createMemoryStore({ maxRecords: 1_000 });
  t.after(() => store.close());
  const first = await startUmaService(t, { store });
  const pat = await first.protectionToken();
  const ticket = await first.ticket(pat, await first.register(pat));
  const token = String((await first.redeem(ticket)).json()['access_token']);

  const clients = CLIENTS.map((client) =>
    client.clientId === 'photos'
      ? ({ ...client, method: 'none', binding: 'if_present', grantTypes: [] } as const)
      : client,
  );
  const second = await startUmaService(t, { store, clients });
  const asked = await second.service.introspect(token, { form: { client_id: 'photos' } });
  assert.deepEqual([asked.status, asked.json()], [200, { active: false }]);
  assert.equal((await second.introspect(token)).json()['active'], true);
});
