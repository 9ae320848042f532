import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TestContext } from 'node:test';

import { hashPassword } from '../../src/users/hash-password.ts';
import { formatPasswordHash } from '../../src/users/password-hash.ts';
import { configurationFolder, EMBEDDED, LISTENER } from './configuration-folder.ts';
import type { ConfigurationFolder } from './configuration-folder.ts';

const PEOPLE = `token_service:
  embedded:
    issuer: https://localhost:9443
    users_file: users
    scopes: [{name: accounts, description: See your accounts}]
`;
const PUBLIC = 'token_endpoint_auth_method: none';
const CODE = 'grant_types: [authorization_code]';
const REDIRECT = `redirect_uris: ['https://app.example/back']`;
const DEVICE = 'urn:ietf:params:oauth:grant-type:device_code';

async function start(t: TestContext): Promise<ConfigurationFolder> {
  const folder = await configurationFolder(t);
  await folder.write('users', `alice:${formatPasswordHash(await hashPassword('secret'))}\n`);
  return folder;
}

/** The lines of the client begin at line 13, after its client_id. */
const withClient = (lines: readonly string[], service = PEOPLE): string =>
  `${LISTENER}${service}clients:\n  - client_id: a\n    ${lines.join('\n    ')}\n`;

test('what people need is taken as it is written', async (t) => {
  const folder = await start(t);
  const redirects = [
    'https://app.example/back?kept=1',
    'http://localhost:8080/back',
    'http://127.0.0.1/back',
    'http://[::1]:9/back',
    'com.example.app:/back',
  ];
  const listed = JSON.stringify(redirects);
  const text = withClient([PUBLIC, CODE, `redirect_uris: ${listed}`, 'scope: openid accounts']);
  const { clients } = await folder.check(text);
  assert.deepEqual(clients[0]?.config.redirect_uris, redirects);
  await folder.check(withClient([PUBLIC, `grant_types: ['${DEVICE}']`]));
});

test('an address to which nobody may be sent back is a problem with its place', async (t) => {
  const folder = await start(t);
  const scheme = 'must be https, http on the own machine, or the scheme of an app with a dot in it';
  const wrong: readonly (readonly [string, string])[] = [
    ['http://app.example/back', scheme],
    ['http://127.0.0.2/back', scheme],
    ['app:/back', scheme],
    ['javascript:alert(1)', scheme],
    ['data:text/html,x', scheme],
    ['file:///etc/passwd', scheme],
    ['https://app.example/back#', 'must not have a fragment'],
    ['https://app.example/#x', 'must not have a fragment'],
    ['https://user@app.example/back', 'must not have credentials'],
    ['/back', 'must be an absolute URI in ASCII'],
    ['https://äpp.example/back', 'must be an absolute URI in ASCII'],
    ['https://app.example/a b', 'must be an absolute URI in ASCII'],
  ];
  for (const [uri, problem] of wrong) {
    const text = withClient([PUBLIC, CODE, `redirect_uris: ['https://a.example', '${uri}']`]);
    // oxlint-disable-next-line no-await-in-loop -- one at a time, so that a failure names its own
    assert.deepEqual(await folder.problemsOf(text), [
      `config.yaml:15:42 clients[0].redirect_uris[1]: ${problem}`,
    ]);
  }
  const logout = [PUBLIC, CODE, REDIRECT, `post_logout_redirect_uris: ['http://app.example/']`];
  assert.deepEqual(await folder.problemsOf(withClient(logout)), [
    `config.yaml:16:33 clients[0].post_logout_redirect_uris[0]: ${scheme}`,
  ]);
  const native = [PUBLIC, CODE, `redirect_uris: ['com.example.app:/', 'https://localhost/']`];
  assert.deepEqual(await folder.problemsOf(withClient(native)), [
    'config.yaml:15:42 clients[0].redirect_uris[1]: beside the scheme of an app, the own machine is reached by http (RFC 8252 section 8.3)',
  ]);
});

test('grants, redirects, users and scopes have to fit together', async (t) => {
  const folder = await start(t);
  const refused: readonly (readonly [readonly string[], string, string?])[] = [
    [[PUBLIC, CODE], '14:19 clients[0].grant_types[0]: needs redirect_uris'],
    [
      [PUBLIC, CODE, REDIRECT],
      '10:19 clients[0].grant_types[0]: needs users_file: nobody could log in',
      EMBEDDED,
    ],
    [
      [
        'token_endpoint_auth_method: client_secret_basic',
        'client_secret: of-the-client',
        'grant_types: [client_credentials, refresh_token]',
      ],
      '11:39 clients[0].grant_types[1]: needs users_file: what users allow alone is refreshed',
      EMBEDDED,
    ],
    [
      [PUBLIC, `grant_types: ['${DEVICE}']`, REDIRECT],
      '15:5 clients[0].redirect_uris: needs the grant type authorization_code',
    ],
    [
      [PUBLIC, 'grant_types: [authorization_code, client_credentials]', REDIRECT],
      '14:5 clients[0].grant_types: client_credentials is not for a public client',
    ],
    [
      [PUBLIC, 'grant_types: [refresh_token]'],
      `14:5 clients[0].grant_types: a public client needs authorization_code or ${DEVICE}`,
    ],
    [
      [PUBLIC, CODE, REDIRECT, 'scope: openid payments email'],
      '16:5 clients[0].scope: "payments", "email" is not in token_service.embedded.scopes',
    ],
  ];
  for (const [lines, problem, service] of refused) {
    // oxlint-disable-next-line no-await-in-loop -- one at a time, so that a failure names its own
    const problems = await folder.problemsOf(withClient(lines, service));
    assert.deepEqual(problems, [`config.yaml:${problem}`]);
  }
  const twice = PEOPLE.replace('[{name', '[{name: openid, description: Again}, {name');
  assert.deepEqual(await folder.problemsOf(withClient([PUBLIC, CODE, REDIRECT], twice)), [
    'config.yaml:10:15 token_service.embedded.scopes[0].name: "openid" is a scope already',
  ]);
});
