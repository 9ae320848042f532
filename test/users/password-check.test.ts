import assert from 'node:assert/strict';
import { test } from 'node:test';

import { hashPassword } from '../../src/users/hash-password.ts';
import { createAttempts } from '../../src/users/attempts.ts';
import { createPasswordCheck } from '../../src/users/password-check.ts';

const users = [{ name: 'alice', hash: await hashPassword('right') }];
const ADDRESS = '192.0.2.1';

test('guesses that come all at once are not looked at beyond the bound, nor wait without one', async () => {
  const check = await createPasswordCheck(users, { attempts: createAttempts({ now: () => 0 }) });
  const verdicts = await Promise.all(
    Array.from({ length: 400 }, (_, index) =>
      check.verify({ name: 'alice', password: `guess ${index}`, address: ADDRESS }),
    ),
  );
  const count = (verdict: string) => verdicts.filter((each) => each === verdict).length;
  // One more than is free may be running beside the one that ends.
  assert.ok(count('wrong') <= 6, `${count('wrong')} were looked at`);
  assert.equal(count('overloaded'), 400 - 2 - 256);
  assert.equal(count('wrong') + count('blocked') + count('overloaded'), 400);
  const right = await check.verify({ name: 'alice', password: 'right', address: ADDRESS });
  assert.equal(right, 'blocked');
});

test('many who know the password may come at once', async () => {
  const check = await createPasswordCheck(users, { attempts: createAttempts({ now: () => 0 }) });
  const verdicts = await Promise.all(
    Array.from({ length: 50 }, () =>
      check.verify({ name: 'alice', password: 'right', address: ADDRESS }),
    ),
  );
  assert.deepEqual(new Set(verdicts), new Set(['right']));
});

test('a name or a password that nobody can have is wrong', async () => {
  const check = await createPasswordCheck(users, { attempts: createAttempts({ now: () => 0 }) });
  for (const [name, password] of [
    ['x'.repeat(60_000), 'right'],
    ['alice', 'x'.repeat(60_000)],
    ['', 'right'],
    ['alice', ''],
  ] as const) {
    assert.equal(await check.verify({ name, password, address: ADDRESS }), 'wrong');
  }
});

test('without users every password is wrong', async () => {
  const check = await createPasswordCheck([], { attempts: createAttempts({ now: () => 0 }) });
  assert.equal(check.hasUser('alice'), false);
  assert.equal(await check.verify({ name: 'alice', password: '', address: ADDRESS }), 'wrong');
});
