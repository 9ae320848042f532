import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';

import { configurationFolder, LISTENER } from './configuration-folder.ts';
import type { ConfigurationFolder } from './configuration-folder.ts';

const USERS =
  'alice:$scrypt$ln=17,r=8,p=1$c29tZXNhbHQ$bS5vJ0w8rzmWM5LX5Mj2LdmSLVM7GdpAm4/VNDf6jJo\n';

const embedded = (...keys: readonly string[]): string =>
  `token_service:
  embedded:
    issuer: https://localhost:9443
    profile: fapi_2_0
${keys.map((key) => `    ${key}\n`).join('')}`;

const client = (method: string, ...keys: readonly string[]): string =>
  `  - client_id: ${method}
    token_endpoint_auth_method: ${method}
${keys.map((key) => `    ${key}\n`).join('')}`;

const GOOD = client(
  'self_signed_tls_client_auth',
  'certificates: [client.pem]',
  'grant_types: [authorization_code, refresh_token, client_credentials]',
  `redirect_uris: ['https://app.test/back', 'http://127.0.0.1/back']`,
);

async function problems(folder: ConfigurationFolder, text: string): Promise<readonly string[]> {
  await folder.write('users', USERS);
  return folder.problemsOf(text);
}

test('a configuration that keeps to the profile is taken', async (t) => {
  const folder = await configurationFolder(t);
  const text = `${LISTENER}${embedded('users_file: users')}clients:\n${GOOD}`;
  assert.deepEqual(await problems(folder, text), []);
});

test('everything that FAPI 2.0 forbids is told at once, each with its place and its section', async (t) => {
  const folder = await configurationFolder(t);
  const bound = client(
    'tls_client_auth',
    'tls_client_auth_subject_dn: CN=a',
    'certificate_binding: if_present',
    'grant_types: [authorization_code]',
    `redirect_uris: ['https://app.test/back', 'http://localhost/back']`,
    'require_pushed_authorization_requests: false',
  );
  const stated = client(
    'self_signed_tls_client_auth',
    'certificates: [client.pem]',
    'tls_client_certificate_bound_access_tokens: false',
    'grant_types: [password]',
  );
  const secret = client('client_secret_basic', 'client_secret: secret', 'grant_types: []');
  const both = client(
    'certificate_and_secret',
    'client_secret: secret',
    'certificates: [client.pem]',
  );
  const open = client(
    'none',
    'grant_types: [authorization_code]',
    `redirect_uris: ['https://a.test']`,
  );
  const service = embedded(
    'users_file: users',
    'password_grant: true',
    'require_pushed_authorization_requests: false',
  );
  const text = `${LISTENER}${service}clients:\n${bound}${stated}${secret}${both}${open}`;
  const because = (section: string): string => `: profile fapi_2_0 forbids it (section ${section})`;
  assert.deepEqual(await problems(folder, text), [
    `config.yaml:11:5 token_service.embedded.password_grant: the password grant${because('5.3.2.1')}`,
    `config.yaml:12:5 token_service.embedded.require_pushed_authorization_requests: authorization requests that are not pushed${because('5.3.2.2')}`,
    `config.yaml:17:5 clients[0].certificate_binding: tokens that no certificate binds${because('5.3.2.1')}`,
    `config.yaml:19:46 clients[0].redirect_uris[1]: an answer by http${because('5.3.2.2')}`,
    `config.yaml:20:5 clients[0].require_pushed_authorization_requests: authorization requests that are not pushed${because('5.3.2.2')}`,
    `config.yaml:24:5 clients[1].tls_client_certificate_bound_access_tokens: tokens that no certificate binds${because('5.3.2.1')}`,
    `config.yaml:25:19 clients[1].grant_types[0]: the password grant${because('5.3.2.1')}`,
    `config.yaml:27:5 clients[2].token_endpoint_auth_method: authentication by client_secret_basic${because('5.3.2.1')}`,
    `config.yaml:31:5 clients[3].token_endpoint_auth_method: authentication by certificate_and_secret${because('5.3.2.1')}`,
    `config.yaml:35:5 clients[4].token_endpoint_auth_method: a public client${because('5.3.2.1')}`,
  ]);
});

test('RS256 as what signs, and passwords for clients that register, are forbidden', async (t) => {
  const folder = await configurationFolder(t);
  const service = embedded(
    'users_file: users',
    'signing_keys: {algorithms: [RS256, ES256]}',
    'registration: {initial_access_token_files: [], grant_types: [password]}',
  );
  const said = await problems(folder, `${LISTENER}${service}clients:\n${GOOD}`);
  const forbidden = said.filter((line) => line.includes('profile fapi_2_0 forbids it'));
  assert.deepEqual(
    forbidden.map((line) => line.split(' ').slice(1, 4).join(' ')),
    [
      'token_service.embedded.signing_keys.algorithms[0]: signatures by',
      'token_service.embedded.registration.grant_types[0]: the password',
    ],
  );
});

test('short keys of clients are refused, and those of listeners in any case', async (t) => {
  const folder = await configurationFolder(t);
  const weak = (name: string, bits: number): void => {
    const files = ['-keyout', `${name}-key.pem`, '-out', `${name}.pem`];
    const options = ['-newkey', `rsa:${bits}`, '-nodes', '-subj', `/CN=${name}`, '-days', '2'];
    execFileSync('openssl', ['req', '-x509', ...options, ...files], {
      cwd: folder.path,
      stdio: 'ignore',
    });
  };
  weak('short', 1_536);
  const text = `${LISTENER.replace('server.pem', 'short.pem').replace('server-key.pem', 'short-key.pem')}${embedded('users_file: users')}clients:
${client('self_signed_tls_client_auth', 'certificates: [short.pem]')}`;
  const found = await problems(folder, text);
  assert.equal(found.length, 2, found.join('\n'));
  assert.match(found[0] ?? '', /^config\.yaml:3:5 listeners\[0\]\.certificate: .* key too small$/);
  assert.match(
    found[1] ?? '',
    /^config\.yaml:14:5 clients\[0\]\.certificates: an RSA key of 1536 bits of the certificate [\w-]{43}: /,
  );
});

test('without the profile all of it is a matter of taste', async (t) => {
  const folder = await configurationFolder(t);
  const service = embedded('users_file: users', 'password_grant: true').replace(
    / +profile.*\n/,
    '',
  );
  const secret = client('client_secret_basic', 'client_secret: secret', 'grant_types: [password]');
  assert.deepEqual(await problems(folder, `${LISTENER}${service}clients:\n${secret}`), []);
});
