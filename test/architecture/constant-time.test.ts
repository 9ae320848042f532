import assert from 'node:assert/strict';
import { glob, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';

const SOURCE = join(import.meta.dirname, '../../src');

/** Where what somebody sends is compared with what only we know, or with whom a token belongs to. */
const COMPARING: readonly string[] = [
  'certificate/trust-store/jks.ts',
  'certificate/trust-store/pkcs12-mac.ts',
  'clients/client-secret.ts',
  'listener/ticket-keys.ts',
  'management/access.ts',
  'oauth/protected-resource.ts',
  'oauth/registration.ts',
  'token-service/registration/client-ids.ts',
  'token-service/registration/client-registration.ts',
  'token-service/uma/live-token.ts',
  'users/hash-password.ts',
];

/** Names of what must not be compared byte by byte. */
const SECRET = /(?:secret|password|hmac|mac|cookie)(?:\.digest)?(?:\(\))?$/i;

/** Whether there is something at all is no secret. */
const PLAIN = /^(?:undefined|null|true|false|''|'\w+')$/;

function comparesSecret(line: string): boolean {
  const pairs = line.matchAll(/([\w.?()']+) *(?:[!=]==|\.equals\() *([\w.?']+)/g);
  return [...pairs].some(([, left = '', right = '']) =>
    [
      [left, right],
      [right, left],
    ].some(([one = '', other = '']) => SECRET.test(one) && !PLAIN.test(other)),
  );
}

async function sources(): Promise<ReadonlyMap<string, string>> {
  const texts = new Map<string, string>();
  for await (const path of glob('**/*.ts', { cwd: SOURCE })) {
    texts.set(path, await readFile(join(SOURCE, path), 'utf8'));
  }
  return texts;
}

test('T47: secrets, passwords and thumbprints of tokens are compared in constant time, and nowhere else', async () => {
  const texts = await sources();
  const constant = [...texts].filter(([, text]) => /\btimingSafeEqual\(/.test(text));
  assert.deepEqual(constant.map(([path]) => path).toSorted(), COMPARING);
  const compared = [...texts].flatMap(([path, text]) =>
    text
      .split('\n')
      .filter(comparesSecret)
      .map((line) => `${path}: ${line.trim()}`),
  );
  assert.deepEqual(compared, []);
  for (const line of [
    'if (secret === registered.secret) return;',
    'return mac.digest().equals(computed);',
    'if (password !== user.password)',
  ]) {
    assert.ok(comparesSecret(line), line);
  }
});

test('T47: an unknown client and an unknown user cost the comparison of a wrong secret', async () => {
  const texts = await sources();
  const authentication = texts.get('oauth/client-authentication.ts') ?? '';
  assert.match(authentication, /function unknownClient[^}]*isSecretOf\([^}]*undefined\)/);
  const users = texts.get('users/password-check.ts') ?? '';
  assert.match(users, /isPasswordOf\(attempt\.password, hash \?\? decoyOf\(attempt\.name\)\)/);
});
