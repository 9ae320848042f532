import assert from 'node:assert/strict';
import { test } from 'node:test';

import { checkConfig } from '../../src/config/check.ts';
import { parseConfig } from '../../src/config/load.ts';
import { ConfigError } from '../../src/errors.ts';

const GRANT = 'urn:ietf:params:oauth:grant-type:uma-ticket';

/** What is said of UMA; the other problems of this configuration don't matter here. */
async function problems(uma: string, server = '', open = ''): Promise<readonly string[]> {
  const text = `
listeners: [{address: '127.0.0.1:0', certificate: no.pem, private_key: no.pem}]
token_service: {embedded: {issuer: 'https://localhost:9443', ${uma}}}
clients:
  - {client_id: server, token_endpoint_auth_method: client_secret_post, client_secret: s ${server}}
  - {client_id: public, token_endpoint_auth_method: none, grant_types: [] ${open}}
  - client_id: app
    token_endpoint_auth_method: client_secret_post
    client_secret: secret
    grant_types: ['${GRANT}']
`;
  const loaded = parseConfig(text, { file: 'config.yaml', baseDir: '/nowhere', env: {} });
  try {
    await checkConfig(loaded);
  } catch (error) {
    assert.ok(error instanceof ConfigError);
    return error.problems
      .filter(({ key }) => /\.uma\.|grant_types\[|scope/.test(key))
      .map(({ key, text: problem }) => `${key}: ${problem}`);
  }
  return [];
}

const policy = (text: string): string => `uma: {policies: [{${text}}]}`;

test('the grant needs the section', async () => {
  assert.deepEqual(await problems(''), [
    'clients[2].grant_types[0]: needs token_service.embedded.uma',
  ]);
  assert.deepEqual(await problems('uma: {}'), []);
});

test('a resource server is a client with uma_protection that can hold a bound token', async () => {
  const scope = ', scope: uma_protection';
  assert.deepEqual(await problems('uma: {}', scope), []);
  assert.deepEqual(await problems('', `${scope}, grant_types: []`), [
    'clients[0].scope: uma_protection needs token_service.embedded.uma',
    'clients[2].grant_types[0]: needs token_service.embedded.uma',
  ]);
  const key = 'clients[0].scope';
  assert.deepEqual(await problems('uma: {}', `${scope}, certificate_binding: off`), [
    `${key}: uma_protection: the tokens of the client are bound to no certificate, and are refused`,
  ]);
  assert.deepEqual(await problems('uma: {}', '', scope), [
    'clients[1].scope: uma_protection: the client is public: anyone could register resources in its name',
  ]);
});

test('uma_protection is no scope of your own', async () => {
  for (const uma of ['', 'uma: {}, ']) {
    const found = await problems(`${uma}scopes: [{name: uma_protection, description: Mine}]`);
    assert.equal(
      found[0],
      'token_service.embedded.scopes[0].name: "uma_protection" is a scope already',
    );
  }
});

test('clients that register themselves have no part in UMA', async () => {
  const registration = `registration: {grant_types: ['${GRANT}'], scopes: [openid, uma_protection]}`;
  const key = 'token_service.embedded.registration';
  assert.deepEqual(await problems(`uma: {}, ${registration}`), [
    `${key}.grant_types[0]: is for clients of the configuration alone`,
    `${key}.scopes[1]: is for clients of the configuration alone`,
  ]);
});

test('a policy names clients with the grant, users that are there, and resources', async () => {
  const key = 'token_service.embedded.uma.policies[0]';
  const rest = 'resource_types: [t], scopes: [s]';
  assert.deepEqual(await problems(policy(`clients: [app, server, nobody], ${rest}`)), [
    `${key}.clients[1]: "server" does not have the grant type ${GRANT}`,
    `${key}.clients[2]: there is no client "nobody" in clients`,
  ]);
  assert.deepEqual(await problems(policy(`clients: [app], users: [sam], owner: true, ${rest}`)), [
    `${key}.users[0]: there is no user "sam" in users_file`,
    `${key}.owner: expected either users or owner`,
  ]);
  assert.deepEqual(await problems(policy('clients: [app], scopes: [s]')), [
    `${key}: needs resources or resource_types`,
  ]);
  assert.deepEqual(await problems(policy(`clients: [app], ${rest}`)), []);
});
