import assert from 'node:assert/strict';
import { test } from 'node:test';

import { ISSUER } from '../running-service.ts';
import { CLIENTS, RESOURCES, startUmaService } from './uma-service.ts';

const FORMAT = 'urn:ietf:params:oauth:token-type:access_token';
const JWT = /^[\w-]+\.[\w-]+\.[\w-]+$/;

/** All others as they are. */
const JWT_CLIENTS = CLIENTS.map((client) =>
  client.clientId === 'admin' ? client : { ...client, audience: ['https://api.test'] },
);

test('tokens with permissions are opaque, also those of clients that have JWTs', async (t) => {
  const uma = await startUmaService(t, { users: ['sam'], clients: JWT_CLIENTS });
  const pat = await uma.protectionToken();
  assert.match(pat, JWT);
  const id = await uma.register(pat);
  const ofSam = await uma.userToken('viewer', 'sam');
  assert.match(ofSam, JWT);
  for (const claims of [{}, { claim_token: ofSam, claim_token_format: FORMAT }]) {
    const answer = await uma.redeem(await uma.ticket(pat, id), claims);
    const rpt = String(answer.json()['access_token']);
    assert.match(rpt, /^[\w-]{43}$/, answer.text);
    const seen = (await uma.introspect(rpt)).json();
    assert.deepEqual([seen['active'], seen['iss'], seen['aud']], [true, ISSUER, undefined]);
    const [permission, ...others] = seen['permissions'] as { readonly resource_id: string }[];
    assert.deepEqual([permission?.resource_id, others], [id, []]);
  }

  const facts = { method: 'DELETE', certificate: uma.service.registered };
  const rpt = (await uma.redeem(await uma.ticket(pat, id))).json()['access_token'];
  assert.equal((await uma.call(pat, `${RESOURCES}/${id}`, undefined, facts)).status, 204);
  assert.deepEqual((await uma.introspect(String(rpt))).json(), { active: false });
});

test('a JWT opens the protection API until it is revoked, with its certificate alone', async (t) => {
  const uma = await startUmaService(t, { clients: JWT_CLIENTS });
  const pat = await uma.protectionToken();
  assert.equal((await uma.call(pat, RESOURCES)).status, 200);
  const stranger = { certificate: uma.service.stranger };
  assert.equal((await uma.call(pat, RESOURCES, undefined, stranger)).status, 401);
  const forged = `${pat.slice(0, -4)}AAAA`;
  assert.equal((await uma.call(forged, RESOURCES)).status, 401);
  const revoked = await uma.service.ask('/oauth2/revoke', {
    certificate: uma.service.registered,
    decidedFor: 'photos',
    form: { client_id: 'photos', token: pat },
  });
  assert.equal(revoked.status, 200);
  assert.equal((await uma.call(pat, RESOURCES)).status, 401);
});
