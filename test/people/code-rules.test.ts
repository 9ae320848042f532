/** What a code, a redirect and a refresh token are good for, and for whom. */

import assert from 'node:assert/strict';
import { Agent } from 'node:https';
import { test } from 'node:test';

import { httpsRequest } from '../support/https-client.ts';
import type { Issued } from '../support/pki.ts';
import type { GatewayFixture } from '../support/running-gateway.ts';
import { createVisitor } from './page-visitor.ts';
import type { Visit } from './page-visitor.ts';
import {
  askToken,
  authorizationUrl,
  codeOf,
  consentTo,
  createPkce,
  REDIRECT_URI,
  redemption,
  startPeople,
} from './people-gateway.ts';
import type { Pkce } from './people-gateway.ts';
import { spoiledRedirects } from './spoiled-redirects.ts';

const PUBLIC = { client_id: 'public', redirect_uri: 'com.example.app:/back' } as const;

async function codeFor(
  gateway: GatewayFixture,
  pkce: Pkce,
  changed: Readonly<Record<string, string>> = {},
): Promise<string> {
  return codeOf(await consentTo(createVisitor(gateway), authorizationUrl(changed, pkce)));
}

function errorOf({ url, answer }: Visit): string {
  return url.searchParams.get('error') ?? `page ${answer.status}`;
}

test('T42: without a code challenge, or with a plain one, there is no code', async (t) => {
  const gateway = await startPeople(t);
  const { verifier } = createPkce();
  for (const changed of [
    { code_challenge: undefined, code_challenge_method: undefined },
    { code_challenge: undefined },
    { code_challenge: verifier, code_challenge_method: 'plain' },
    { code_challenge: verifier, code_challenge_method: undefined },
    { code_challenge: verifier.slice(1) },
  ]) {
    // oxlint-disable-next-line no-await-in-loop -- one at a time, so that a failure names its own
    const visit = await createVisitor(gateway).open(authorizationUrl(changed));
    assert.equal(visit.url.origin + visit.url.pathname, REDIRECT_URI);
    assert.equal(errorOf(visit), 'invalid_request', JSON.stringify(changed));
  }
});

test('T42: a code is not redeemed without its verifier, or with another one', async (t) => {
  const gateway = await startPeople(t);
  const pkce = createPkce();
  const code = await codeFor(gateway, pkce);
  const { code_verifier: _, ...without } = redemption(code, pkce);
  const wrong: readonly (readonly [Readonly<Record<string, string>>, string])[] = [
    [without, 'invalid_grant'],
    [redemption(code, createPkce()), 'invalid_grant'],
    [redemption(code, { ...pkce, verifier: pkce.challenge }), 'invalid_grant'],
    [redemption(code, { ...pkce, verifier: pkce.verifier.slice(1) }), 'invalid_request'],
    [redemption(code, { ...pkce, verifier: 'v'.repeat(129) }), 'invalid_request'],
  ];
  for (const [form, error] of wrong) {
    // oxlint-disable-next-line no-await-in-loop -- one at a time, so that a failure names its own
    const answer = await askToken(gateway, form, gateway.client);
    assert.deepEqual([answer.status, answer.json()['error']], [400, error]);
  }
  const right = await askToken(gateway, redemption(code, pkce), gateway.client);
  assert.equal(right.status, 200, right.text);
});

test('T43: nobody is sent anywhere but to a redirect_uri as it is registered', async (t) => {
  const gateway = await startPeople(t);
  const spoiled = spoiledRedirects(REDIRECT_URI);
  assert.ok(spoiled.length >= 573, `${spoiled.length}`);
  const { port, ca } = gateway;
  const agent = new Agent({ keepAlive: true, maxSockets: 4 });
  t.after(() => agent.destroy());
  await Promise.all(
    [...spoiled, undefined].map(async (uri) => {
      const { pathname, search } = authorizationUrl({ redirect_uri: uri });
      const headers = [['accept', 'text/html']] as const;
      const answer = await httpsRequest({ port, ca, path: pathname + search, headers, agent });
      assert.equal(answer.headers.location, undefined, String(uri));
      assert.equal(answer.status, 400, String(uri));
      assert.match(answer.text, /<h1>We can’t go on<\/h1>/, String(uri));
      assert.match(
        String(answer.headers['content-security-policy']),
        /form-action 'self';/,
        String(uri),
      );
    }),
  );
  const kept = await consentTo(
    createVisitor(gateway),
    authorizationUrl({ redirect_uri: 'https://app.test:8443/other?kept=1' }),
  );
  assert.equal(kept.url.searchParams.get('kept'), '1');
  assert.ok(codeOf(kept));
});

test('T43: a code is redeemed with the redirect_uri that it was asked for with', async (t) => {
  const gateway = await startPeople(t);
  const pkce = createPkce();
  const code = await codeFor(gateway, pkce);
  for (const uri of [`${REDIRECT_URI}/`, 'https://app.test:8443/other?kept=1']) {
    const form = { ...redemption(code, pkce), redirect_uri: uri };
    // oxlint-disable-next-line no-await-in-loop -- one at a time, so that a failure names its own
    const answer = await askToken(gateway, form, gateway.client);
    assert.deepEqual([answer.status, answer.json()['error']], [400, 'invalid_grant']);
  }
});

test('T46: a code in the hands of another client is refused, and burned', async (t) => {
  const gateway = await startPeople(t);
  const pkce = createPkce();
  const code = await codeFor(gateway, pkce);
  const stolen = { ...redemption(code, pkce), client_id: 'other' };
  const thief = await askToken(gateway, stolen, gateway.pkiClient);
  assert.deepEqual([thief.status, thief.json()['error']], [400, 'invalid_grant']);
  const owner = await askToken(gateway, redemption(code, pkce), gateway.client);
  assert.deepEqual([owner.status, owner.json()['error']], [400, 'invalid_grant'], owner.text);
});

test('T46: a code is good once, and one that comes back ends what came of it', async (t) => {
  const gateway = await startPeople(t);
  const pkce = createPkce();
  const code = await codeFor(gateway, pkce);
  const first = (await askToken(gateway, redemption(code, pkce), gateway.client)).json();
  const again = await askToken(gateway, redemption(code, pkce), gateway.client);
  assert.deepEqual([again.status, again.json()['error']], [400, 'invalid_grant']);
  const form = {
    client_id: 'app',
    grant_type: 'refresh_token',
    refresh_token: String(first['refresh_token']),
  };
  const refreshed = await askToken(gateway, form, gateway.client);
  assert.deepEqual([refreshed.status, refreshed.json()['error']], [400, 'invalid_grant']);
});

test('T33: a code is worth nothing with a certificate that is not its client’s', async (t) => {
  const gateway = await startPeople(t);
  const pkce = createPkce();
  // The browser has a certificate of its own, to which nothing is bound.
  const visitor = createVisitor(gateway, gateway.stranger);
  const code = codeOf(await consentTo(visitor, authorizationUrl({}, pkce)));
  for (const certificate of [gateway.stranger, gateway.pkiClient, undefined]) {
    // oxlint-disable-next-line no-await-in-loop -- one at a time, so that a failure names its own
    const answer = await askToken(gateway, redemption(code, pkce), certificate);
    assert.deepEqual([answer.status, answer.json()['error']], [401, 'invalid_client']);
  }
  assert.equal((await askToken(gateway, redemption(code, pkce), gateway.client)).status, 200);
});

test('T32: the refresh token of a public client is bound to its certificate', async (t) => {
  const gateway = await startPeople(t);
  const pkce = createPkce();
  const code = await codeFor(gateway, pkce, PUBLIC);
  const redeemed = await askToken(
    gateway,
    { ...redemption(code, pkce), ...PUBLIC },
    gateway.stranger,
  );
  assert.equal(redeemed.status, 200, redeemed.text);
  const refresh = (certificate?: Issued) =>
    askToken(
      gateway,
      {
        client_id: PUBLIC.client_id,
        grant_type: 'refresh_token',
        refresh_token: String(redeemed.json()['refresh_token']),
      },
      certificate,
    );
  for (const certificate of [gateway.client, gateway.pkiClient, undefined]) {
    // oxlint-disable-next-line no-await-in-loop -- one at a time, so that a failure names its own
    const answer = await refresh(certificate);
    assert.deepEqual([answer.status, answer.json()['error']], [400, 'invalid_grant']);
  }
  const own = await refresh(gateway.stranger);
  assert.equal(own.status, 200, `those who can't redeem it change nothing: ${own.text}`);
});

test('a client has the scopes of its configuration and no others', async (t) => {
  const gateway = await startPeople(t);
  const ask = (scope: string, clientId = 'app', certificate = gateway.client) =>
    askToken(
      gateway,
      { client_id: clientId, grant_type: 'client_credentials', scope },
      certificate,
    );
  const given = await ask('accounts');
  assert.deepEqual([given.status, given.json()['scope']], [200, 'accounts'], given.text);
  for (const scope of ['payments', 'accounts payments', 'no-such-scope']) {
    // oxlint-disable-next-line no-await-in-loop -- one at a time, so that a failure names its own
    const refused = await ask(scope);
    assert.deepEqual([refused.status, refused.json()['error']], [400, 'invalid_scope'], scope);
  }
  const none = await ask('accounts', 'self-signed');
  assert.equal(none.json()['error_description'], 'this client has no scopes');

  const visit = await createVisitor(gateway).open(authorizationUrl({ scope: 'openid payments' }));
  assert.equal(errorOf(visit), 'invalid_scope');
});
