import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TestContext } from 'node:test';

import { configurationFolder, EMBEDDED, LISTENER, UPSTREAM } from './configuration-folder.ts';

const SHA256 = 'mt3KDY1hofQurloTbphKHCSrTlAGl5MlgXX6Xxj9c_E';
const SHA1 = '00'.repeat(20);

/** The problems of a configuration with these sections, without file and place. */
async function problemsOf(t: TestContext, sections: string, service = UPSTREAM) {
  const folder = await configurationFolder(t);
  const problems = await folder.problemsOf(LISTENER + service + sections);
  assert.ok(problems.every((problem) => /^config\.yaml:\d+:\d+ /.test(problem)));
  return problems.map((problem) => problem.replace(/^\S+ /, ''));
}

const admin = (members: string) =>
  `admin_paths:\n  - {path: /services/*, listeners: [public], ${members}}\n`;
const SOUND = `certificate_thumbprints: ['${SHA256}'], users: {'${SHA256}': [admin]}`;

test('sound sections pass', async (t) => {
  const tokens = `
protected_paths:
  - {path: /api/*, overlap: 5m}
  - {path: /api/v2/*, source: introspection}
  - {path: /jwt/*, source: jwt}
access_tokens:
  introspection: {client_id: gateway, client_secret: secret}
  jwt: {issuer: a, jwks_uri: 'https://a.example/jwks', audience: [b], ca: [ca.pem]}
`;
  assert.deepEqual(await problemsOf(t, tokens + admin(SOUND)), []);
});

test('a source that is not configured, or knows nothing, is refused', async (t) => {
  const paths = `protected_paths:
  - {path: /a, source: introspection}
  - {path: /b, source: jwt}
  - {path: /c}
`;
  assert.deepEqual(await problemsOf(t, paths), [
    'protected_paths[0].source: needs access_tokens.introspection',
    'protected_paths[1].source: needs access_tokens.jwt',
  ]);
  const native = UPSTREAM.replace('}}', ', kind: native}}');
  assert.match(
    (await problemsOf(t, 'protected_paths: [{path: /c}]\n', native)).join(),
    /source: a server of kind native binds tokens itself: use introspection or jwt$/,
  );
});

test('a secret is given once, and files are looked for at their line', async (t) => {
  const asking = (members: string) =>
    problemsOf(t, `access_tokens: {introspection: {client_id: a, ${members}}}\n`);
  assert.match((await asking('')).join(), /expected client_secret or client_secret_file/);
  assert.match((await asking('client_secret_file: none')).join(), /no such file none/);
});

test('an overlap needs to know when a token was issued', async (t) => {
  const sealed = UPSTREAM.replace('}}', ', token_binding: {kept: sealed, sealing_keys: [key]}}}');
  const problems = await problemsOf(t, 'protected_paths: [{path: /a, overlap: 1m}]\n', sealed);
  assert.ok(problems.some((text) => /overlap: a sealed token does not say when/.test(text)));
});

test('userinfo of a server that binds needs somebody who knows its tokens', async (t) => {
  const native = UPSTREAM.replace('}}', ', kind: native, endpoints: {userinfo: /userinfo}}}');
  assert.match(
    (await problemsOf(t, '', native)).join(),
    /endpoints\.userinfo: needs access_tokens/,
  );
  const asked = 'access_tokens: {introspection: {client_id: a, client_secret: b}}\n';
  assert.deepEqual(await problemsOf(t, asked, native), []);
});

test('every path has one guard, and nothing opens a part of an admin path', async (t) => {
  const problems = await problemsOf(
    t,
    `protected_paths:
  - {path: /a}
  - {path: /A}
  - {path: /oauth2/token}
  - {path: /services/open}
  - {path: /services/*}
  - {path: /servicesx}
  - {path: /*}
${admin(SOUND)}`,
  );
  assert.deepEqual(problems, [
    'protected_paths[1].path: /A is guarded already',
    'protected_paths[2].path: /oauth2/token is an endpoint of the server',
    'protected_paths[3].path: lies within /services/* of admin_paths',
    'protected_paths[4].path: lies within /services/* of admin_paths',
    'admin_paths[0].path: /services/* is guarded already',
  ]);
});

test('the embedded service has no paths to guard', async (t) => {
  const problems = await problemsOf(t, `protected_paths: [{path: /a}]\n${admin(SOUND)}`, EMBEDDED);
  assert.equal(problems.length, 2);
  assert.match(problems[0] ?? '', /^protected_paths: needs token_service\.upstream/);
});

test('an admin path that lets nobody in, or more than meant, is refused', async (t) => {
  for (const [members, expected] of [
    ['users: {}', /expected certificate_thumbprints or trusted_issuers.*\n.*names nobody$/s],
    [`certificate_thumbprints: ['${SHA256}'], users: {}`, /users: names nobody$/],
    [`certificate_thumbprints: [zz], users: {}`, /certificate_thumbprints\[0\]: is no thumbprint/],
    [`certificate_thumbprints: ['${SHA1}'], users: {}`, /SHA-1, which needs allow_sha1: true/],
    [`trusted_issuers: ['nobody'], users: {}`, /trusted_issuers\[0\]: distinguished name at/],
    [`trusted_issuers: ['CN=a'], users: {'CN=b': ['*']}`, /users\S+ is not among trusted_issuers$/],
    [
      `certificate_thumbprints: ['${SHA256}'], users: {'${'00'.repeat(32)}': [a]}`,
      /is not among certificate_thumbprints, and there are no trusted_issuers$/,
    ],
    [`trusted_issuers: ['CN=a'], users: {'CN=a': ['*', b]}`, /\* stands alone: it is every user$/],
    [`trusted_issuers: ['CN=a'], users: {'CN=a': ['ä']}`, /expected at most 128 printable ASCII/],
    [`trusted_issuers: ['CN=a'], users: {'CN=a': [' b']}`, /expected at most 128 printable ASCII/],
  ] as const) {
    assert.match((await problemsOf(t, admin(members))).join('\n'), expected, members);
  }
});

test('headers by which users are named have no other meaning', async (t) => {
  const problems = await problemsOf(
    t,
    `admin_paths:
  - {path: /a, listeners: [public], user_header: Authorization, ${SOUND}}
  - {path: /b, listeners: [public], vouched_user_header: cookie, ${SOUND}}
  - {path: /c, listeners: [public], vouched_user_header: username, ${SOUND}}
`,
  );
  assert.deepEqual(problems, [
    'admin_paths[0].user_header: the header "authorization" has another meaning',
    'admin_paths[1].vouched_user_header: the header "cookie" has another meaning',
    'admin_paths[2].vouched_user_header: must not be user_header',
  ]);
});

test('an admin path is open on listeners that there are, and that ask for certificates', async (t) => {
  const folder = await configurationFolder(t);
  const problems = await folder.problemsOf(
    `${LISTENER}    client_certificate: off\n${UPSTREAM}${admin(SOUND).replace('[public]', '[public, other]')}`,
  );
  assert.equal(problems.length, 2);
  assert.match(problems[0] ?? '', /listeners\[0\]: the listener "public" asks nobody for a/);
  assert.match(problems[1] ?? '', /listeners\[1\]: there is no listener "other"$/);
});

test('a listener takes certificates also by the word of a load balancer', async (t) => {
  const folder = await configurationFolder(t);
  const told = `    client_certificate: off
    from_load_balancer: {format: rfc9440, peers: [10.0.0.1]}
`;
  const demanding = `clients:
  - client_id: a
    token_endpoint_auth_method: client_secret_basic
    certificate_binding: required
`;
  const problems = await folder.problemsOf(LISTENER + told + UPSTREAM + admin(SOUND) + demanding);
  assert.deepEqual(problems, []);
});
