/** The configurations of servers that are not run here, before servers that stand in for them. */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { basic, postForm } from '../support/https-client.ts';
import { startRecordingUpstream } from '../support/recording-upstream.ts';
import { startSecretServer } from '../support/secret-server.ts';
import { mintGuideFiles, readExample, startGuideGateway } from './guide-gateway.ts';

const WSO2_CLIENT = 'h9gd1bLEgzUwftAhnrof0fZWcZwa';

test('wso2-identity-server.yaml: a token for the certificate, cnf in both spellings for an administrator', async (t) => {
  const server = await startSecretServer({
    clients: { [WSO2_CLIENT]: 'secret of payments', admin: 'admin' },
  });
  t.after(() => server.close());
  const minted = await mintGuideFiles();
  const example = await readExample('wso2-identity-server.yaml');
  const gateway = await startGuideGateway(example, minted, server.url);
  t.after(() => gateway.close());
  const to = { port: gateway.port, ca: minted.serverCa, authority: 'login.bank.example' };
  const form = { grant_type: 'client_credentials', client_id: WSO2_CLIENT };
  const path = '/oauth2/token';
  const refused = await postForm({ ...to, ...minted.reports, path, form });
  assert.equal(refused.json()['error'], 'invalid_client');
  const answer = await postForm({ ...to, ...minted.payments, path, form });
  const token = String(answer.json()['access_token']);
  const introspection = await postForm({
    ...to,
    path: '/oauth2/introspect',
    headers: [basic('admin', 'admin')],
    form: { token },
  });
  const { thumbprint } = minted.payments;
  const cnf = { 'x5t#S256': thumbprint, 'x5t#SHA256': thumbprint };
  assert.deepEqual(introspection.json(), { active: true, cnf });
});

test('ory-hydra.yaml: introspection is for callers that prove themselves by certificate', async (t) => {
  const server = await startSecretServer({
    clients: { payments: 'secret of payments', 'accounts-api': 'secret of accounts-api' },
  });
  t.after(() => server.close());
  const minted = await mintGuideFiles();
  const gateway = await startGuideGateway(await readExample('ory-hydra.yaml'), minted, server.url);
  t.after(() => gateway.close());
  const to = { port: gateway.port, ca: minted.serverCa, authority: 'login.bank.example' };
  const answer = await postForm({
    ...to,
    ...minted.payments,
    path: '/oauth2/token',
    form: { grant_type: 'client_credentials', client_id: 'payments' },
  });
  const form = { client_id: 'accounts-api', token: String(answer.json()['access_token']) };
  const path = '/oauth2/introspect';
  const introspection = await postForm({ ...to, ...minted.accounts, path, form });
  const cnf = { 'x5t#S256': minted.payments.thumbprint };
  assert.deepEqual(introspection.json(), { active: true, cnf });
  for (const nobody of [{}, minted.payments, { headers: [basic('accounts-api', 'guessed')] }]) {
    const refused = await postForm({ ...to, ...nobody, path, form });
    assert.equal(refused.json()['error'], 'invalid_client');
  }
});

test('keycloak.yaml: the certificate arrives as RFC 9440 has it, that of a stranger does not', async (t) => {
  const upstream = await startRecordingUpstream();
  t.after(() => upstream.close());
  const minted = await mintGuideFiles();
  const gateway = await startGuideGateway(await readExample('keycloak.yaml'), minted, upstream.url);
  t.after(() => gateway.close());
  const to = { port: gateway.port, ca: minted.serverCa, authority: 'login.bank.example' };
  const path = '/realms/bank/protocol/openid-connect/token';
  const form = { grant_type: 'client_credentials', client_id: 'reports' };
  await postForm({ ...to, ...minted.reports, path, form });
  const refused = await postForm({ ...to, ...minted.payments, path, form });
  assert.equal(refused.json()['error'], 'invalid_client');
  const admin = await postForm({ ...to, ...minted.payments, path: '/admin/master', form: {} });
  assert.equal(admin.status, 403);
  const [request, ...more] = upstream.requests;
  assert.deepEqual([request?.url, more], [path, []]);
  const field = `:${Buffer.from(minted.reports.certificate).toString('base64')}:`;
  assert.equal(request?.headers['client-cert'], field);
});
