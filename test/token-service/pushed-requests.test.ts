import assert from 'node:assert/strict';
import { test } from 'node:test';

import { createMemoryStore } from '../../src/store/memory.ts';
import type { ServiceClient } from '../../src/token-service/clients/client-metadata.ts';
import { createAttempts } from '../../src/users/attempts.ts';
import { createPasswordCheck } from '../../src/users/password-check.ts';
import { startService } from './running-service.ts';

const CLIENT: ServiceClient = {
  clientId: 'app',
  method: 'client_secret_post',
  secret: 'secret',
  binding: 'off',
  grantTypes: ['authorization_code'],
  redirectUris: ['https://app.test/back'],
  scopes: ['openid'],
};

const PUSHED = {
  client_id: 'app',
  client_secret: 'secret',
  response_type: 'code',
  redirect_uri: 'https://app.test/back',
  scope: 'openid',
  code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
  code_challenge_method: 'S256',
} as const;

test('a pushed request is forgotten after a minute', async (t) => {
  let ahead = 0;
  const store = createMemoryStore({ maxRecords: 100, now: () => Date.now() + ahead });
  t.after(() => store.close());
  const passwords = await createPasswordCheck([], { attempts: createAttempts({ now: Date.now }) });
  const service = await startService(t, { clients: [CLIENT], passwords, store });
  const pushed = await service.ask('/oauth2/par', { form: PUSHED });
  assert.equal(pushed.status, 201, pushed.text);
  const query = new URLSearchParams({
    client_id: 'app',
    request_uri: String(pushed.json()['request_uri']),
  });
  const open = () => service.ask(`/oauth2/authorize?${query.toString()}`);
  assert.equal((await open()).status, 303);
  ahead = 61_000;
  const late = await open();
  assert.equal(late.status, 400);
  assert.match(late.text, /request_uri is invalid, expired, or was already used/);
});

test('without users there is nothing to push', async (t) => {
  const service = await startService(t);
  const answer = await service.ask('/oauth2/par', { form: PUSHED });
  assert.equal(answer.status, 404);
  const metadata = (await service.ask('/.well-known/openid-configuration')).json();
  assert.ok(!JSON.stringify(metadata).includes('pushed'));
});
