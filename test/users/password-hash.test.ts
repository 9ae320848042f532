import assert from 'node:assert/strict';
import { test } from 'node:test';

import { decoyHash, hashPassword, isPasswordOf } from '../../src/users/hash-password.ts';
import { formatPasswordHash, parsePasswordHash } from '../../src/users/password-hash.ts';
import type { PasswordHash } from '../../src/users/password-hash.ts';

function parsed(text: string): PasswordHash {
  const outcome = parsePasswordHash(text);
  assert.ok('hash' in outcome, JSON.stringify(outcome));
  return outcome.hash;
}

test('a hash is written, read again and known for its password alone', async () => {
  const text = formatPasswordHash(await hashPassword('pässword'));
  assert.match(text, /^\$argon2id\$v=19\$m=19456,t=2,p=1\$[\w+/]{22}\$[\w+/]{43}$/);
  const hash = parsed(text);
  assert.equal(formatPasswordHash(hash), text);
  assert.equal(await isPasswordOf('pässword', hash), true);
  assert.equal(await isPasswordOf('pa\u0308ssword', hash), true, 'written with a combining mark');
  assert.equal(await isPasswordOf('Pässword', hash), false);
  assert.equal(await isPasswordOf('pässword', decoyHash(hash)), false);
});

test('hashes that other programs made are known', async () => {
  // The reference implementation: `echo -n password | argon2 somesalt -id -t 2 -m 16 -p 4 -l 32`.
  const argon2 =
    '$argon2id$v=19$m=65536,t=2,p=4$c29tZXNhbHQ$GpZ3sK/oH9p7VIiV56G/64Zo/8GaUw434IimaPqxwCo';
  // Python: hashlib.scrypt(b'password', salt=b'somesalt', n=2**15, r=8, p=1, dklen=32).
  const scrypt = '$scrypt$ln=15,r=8,p=1$c29tZXNhbHQ$S1zUEjdOvFB668UKQls8xv7eDAWPG46yxbmHXyWgdMY';
  for (const text of [argon2, scrypt]) {
    assert.equal(await isPasswordOf('password', parsed(text)), true, text);
    assert.equal(await isPasswordOf('passwore', parsed(text)), false, text);
  }
});

for (const [what, text] of [
  ['an unknown algorithm', '$argon2i$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$AAAAAAAAAAAAAAAAAAAAAA'],
  ['bcrypt', '$2b$12$abcdefghijklmnopqrstuv'],
  ['no hash at all', 'admin'],
  ['an old version', '$argon2id$v=16$m=65536,t=2,p=1$c29tZXNhbHQ$AAAAAAAAAAAAAAAAAAAAAA'],
  ['too little memory', '$argon2id$v=19$m=64,t=2,p=1$c29tZXNhbHQ$AAAAAAAAAAAAAAAAAAAAAA'],
  ['too much memory', '$argon2id$v=19$m=4194304,t=2,p=1$c29tZXNhbHQ$AAAAAAAAAAAAAAAAAAAAAA'],
  ['another order', '$argon2id$v=19$t=2,m=65536,p=1$c29tZXNhbHQ$AAAAAAAAAAAAAAAAAAAAAA'],
  ['a parameter too many', '$argon2id$v=19$m=65536,t=2,p=1,x=1$c29tZXNhbHQ$AAAAAAAAAAAAAAAAAAAAAA'],
  ['a part too many', '$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$AAAAAAAAAAAAAAAAAAAAAA$'],
  ['a short salt', '$scrypt$ln=15,r=8,p=1$AAAA$AAAAAAAAAAAAAAAAAAAAAA'],
  ['a short hash', '$scrypt$ln=15,r=8,p=1$c29tZXNhbHQ$AAAA'],
  ['base64 with padding', '$scrypt$ln=15,r=8,p=1$c29tZXNhbHQ=$AAAAAAAAAAAAAAAAAAAAAA'],
  ['memory by multiplication', '$scrypt$ln=20,r=32,p=1$c29tZXNhbHQ$AAAAAAAAAAAAAAAAAAAAAA'],
] as const) {
  test(`refuses ${what}`, () => {
    assert.ok('problem' in parsePasswordHash(text), text);
  });
}
