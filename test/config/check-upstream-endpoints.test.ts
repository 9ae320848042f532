import assert from 'node:assert/strict';
import { test } from 'node:test';

import { ConfigError } from '../../src/errors.ts';
import { configurationFolder, LISTENER } from './configuration-folder.ts';

const upstream = (members: string): string =>
  `${LISTENER}token_service:\n  upstream:\n    url: https://idp.example\n    ${members}\n`;

test('two endpoints never share a path, documents included', async (t) => {
  const { problemsOf } = await configurationFolder(t);
  assert.deepEqual(
    await problemsOf(
      upstream('endpoints: {pushed_authorization: /par, device_authorization: /par}'),
    ),
    [
      'config.yaml:9:45 token_service.upstream.endpoints.device_authorization: /par is another endpoint already',
    ],
  );
  assert.deepEqual(await problemsOf(upstream('endpoints: {metadata: [/a, /oauth2/token, /a]}')), [
    'config.yaml:9:32 token_service.upstream.endpoints.metadata[1]: /oauth2/token is another endpoint already',
    'config.yaml:9:47 token_service.upstream.endpoints.metadata[2]: /a is another endpoint already',
  ]);
  assert.deepEqual(await problemsOf(upstream('endpoints: {metadata: []}')), []);
});

test('callers of introspection are clients, and published origins are origins', async (t) => {
  const { problemsOf } = await configurationFolder(t);
  assert.deepEqual(await problemsOf(upstream('introspection: {callers: [ghost]}')), [
    'config.yaml:9:31 token_service.upstream.introspection.callers[0]: there is no client "ghost" in clients',
  ]);
  assert.deepEqual(
    await problemsOf(upstream('introspection: {authentication: upstream, callers: []}')),
    [
      'config.yaml:9:47 token_service.upstream.introspection.callers: needs callers that the gateway authenticates',
    ],
  );
  assert.deepEqual(
    await problemsOf(upstream('metadata: {mtls_aliases_origin: "https://a.example/path"}')),
    [
      'config.yaml:9:16 token_service.upstream.metadata.mtls_aliases_origin: must not have a path, expected an origin',
    ],
  );
});

test('a public client is lent no credential and introspects no tokens of others', async (t) => {
  const { problemsOf } = await configurationFolder(t);
  const client = (members: string): string =>
    `clients:\n  - client_id: app\n    token_endpoint_auth_method: none\n    ${members}\n`;
  for (const credential of [
    '{client_secret: held}',
    '{auth_method: client_secret_post, client_secret: held}',
    '{auth_method: private_key_jwt, private_key: server-key.pem}',
  ]) {
    const [problem = ''] = await problemsOf(
      upstream('kind: gateway') + client(`upstream: ${credential}`),
    );
    assert.match(problem, /clients\[0\]\.upstream: the client is public: anyone could/, credential);
  }
  const byHeader = upstream('certificate_headers: [{preset: ping}]');
  const shown = client('upstream: {auth_method: certificate_header}');
  assert.deepEqual(await problemsOf(byHeader + shown), []);
  assert.deepEqual(
    await problemsOf(upstream('introspection: {callers: [app]}') + client('grant_types: []')),
    [
      'config.yaml:9:31 token_service.upstream.introspection.callers[0]: "app" is public: anyone could ask in its name',
    ],
  );
});

test('what can not be meant is refused when it is read', async (t) => {
  const { problemsOf } = await configurationFolder(t);
  for (const members of [
    'introspection: {cache: {ttl: 0s}}',
    'introspection: {cache: {max_entries: 0}}',
    'introspection: {authentication: none}',
    "introspection: {signed_answers: {issuer: 'https://a', jwks_uri: 'http://a/jwks'}}",
    'metadata: {endpoints_origin: "http://a.example"}',
  ]) {
    await assert.rejects(problemsOf(upstream(members)), ConfigError, members);
  }
});
