import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';

import { DEMO_PASSWORD_HASH } from '../../src/config/check-demo.ts';
import { checkConfig } from '../../src/config/check.ts';
import { parseConfig } from '../../src/config/load.ts';
import { ConfigError } from '../../src/errors.ts';
import { isPasswordOf } from '../../src/users/hash-password.ts';
import { parsePasswordHash } from '../../src/users/password-hash.ts';

/** What is said of the users; the other problems of this configuration don't matter here. */
async function problems(
  t: TestContext,
  {
    embedded,
    users,
    address = '127.0.0.1:0',
    grants = 'client_credentials',
  }: {
    readonly embedded: string;
    readonly users?: string;
    readonly address?: string;
    readonly grants?: string;
  },
): Promise<readonly string[]> {
  const folder = await mkdtemp(join(tmpdir(), 'certbound-users-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  if (users !== undefined) await writeFile(join(folder, 'users'), users);
  const text = `
listeners: [{address: '${address}', certificate: no.pem, private_key: no.pem}]
token_service: {embedded: {issuer: 'https://localhost:9443', ${embedded}}}
clients:
  - client_id: app
    token_endpoint_auth_method: client_secret_basic
    client_secret: secret
    grant_types: [${grants}]
`;
  const loaded = parseConfig(text, { file: 'config.yaml', baseDir: folder, env: {} });
  try {
    await checkConfig(loaded);
  } catch (error) {
    assert.ok(error instanceof ConfigError);
    return error.problems
      .filter(({ key }) => !/certificate|private_key/.test(key))
      .map(({ key, text: problem }) => `${key}: ${problem}`);
  }
  return [];
}

test('the password grant needs users, and a client needs the password grant', async (t) => {
  assert.deepEqual(await problems(t, { embedded: 'password_grant: true' }), [
    'token_service.embedded.password_grant: needs users_file',
  ]);
  assert.deepEqual(await problems(t, { embedded: '', grants: 'password' }), [
    'clients[0].grant_types[0]: needs password_grant: true',
  ]);
});

test('a file of users that is not there or does not parse is a problem with its place', async (t) => {
  const embedded = 'users_file: users, password_grant: true';
  assert.deepEqual(await problems(t, { embedded }), [
    'token_service.embedded.users_file: no such file users',
  ]);
  assert.deepEqual(await problems(t, { embedded, users: '# people\nalice:secret\n' }), [
    'token_service.embedded.users_file: users:2: expected a hash that begins with $argon2id$ or $scrypt$',
  ]);
});

test('the demo password serves loopback only, and is the one that the demo tells', async (t) => {
  const options = {
    embedded: 'users_file: users',
    users: `someone:${DEMO_PASSWORD_HASH}\n`,
  };
  assert.deepEqual(await problems(t, options), []);
  assert.deepEqual(await problems(t, { ...options, address: '0.0.0.0:9443' }), [
    'listeners[0].address: demo material serves loopback addresses only, and this configuration has the demo password at user "someone"',
  ]);
  const outcome = parsePasswordHash(DEMO_PASSWORD_HASH);
  assert.ok('hash' in outcome);
  assert.equal(await isPasswordOf('admin', outcome.hash), true);
});
