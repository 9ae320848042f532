import assert from 'node:assert/strict';
import { test } from 'node:test';

import { configurationFolder, EMBEDDED, LISTENER, UPSTREAM } from './configuration-folder.ts';

const CLIENT = `clients:
  - client_id: a
    token_endpoint_auth_method: client_secret_post
    client_secret: secret
`;

const withTokens = (lines: string, service = EMBEDDED) =>
  `${LISTENER}${service}${CLIENT}${lines.replace(/^/gm, '    ')}\n`;

const withKeys = (keys: string, more = '') => `${LISTENER}token_service:
  embedded:
    issuer: https://localhost:9443
    signing_keys: {${keys}}
    ${more}
`;

test('a JWT needs an audience, and an audience a JWT', async (t) => {
  const folder = await configurationFolder(t);
  const told = (lines: string, service?: string) => folder.problemsOf(withTokens(lines, service));
  assert.match((await told('access_token_format: jwt')).join(), /audience: a JWT must say whom/);
  assert.match((await told('audience: [https://api.example]')).join(), /belongs to access_token/);
  const jwt = 'access_token_format: jwt\naudience: ';
  assert.match((await told(`${jwt}[https://a.example, https://a.example]`)).join(), /twice/);
  assert.match((await told(`${jwt}['https://a.example/#x']`)).join(), /fragment/);
  assert.match((await told(`${jwt}[https://a.example]`, UPSTREAM)).join(), /upstream/);
  await assert.rejects(async () => folder.check(withTokens(`${jwt}[api]`)), /absolute URI/);
  await folder.check(withTokens(`${jwt}[https://a.example/v1, 'urn:example:ledger']`));
});

test('the times of the signing keys fit together, and the tokens that they sign', async (t) => {
  const folder = await configurationFolder(t);
  const cases: readonly (readonly [text: string, problem: RegExp])[] = [
    [withKeys('algorithms: [ES256, ES256]'), /algorithms: names an algorithm twice/],
    [withKeys('publish_before: 1m'), /publish_before: must be at least 5m/],
    [withKeys('rotate_every: 1d, publish_before: 2d'), /publish_before: must not be longer than/],
    [withKeys('keep: 1h'), /keep: must be longer than access_token_lifetime/],
    [withKeys('', 'access_token_lifetime: 30d'), /keep: must be longer than access_token_lifetime/],
    [withKeys('rotate_every: 12h, publish_before: 1h'), /keep: must be at most 20 times/],
  ];
  for (const [text, problem] of cases) {
    const problems = await folder.problemsOf(text);
    assert.match(problems.join(), problem);
    assert.match(problems.join(), /config\.yaml:\d+:\d+/);
    assert.equal(problems.length, 1);
  }
  await folder.check(withKeys('algorithms: [PS256, ES256], rotate_every: 30d, keep: 20d'));
  await assert.rejects(async () => folder.check(withKeys('algorithms: []')), /algorithms/);
  await assert.rejects(async () => folder.check(withKeys('algorithms: [HS256]')), /algorithms/);
});
