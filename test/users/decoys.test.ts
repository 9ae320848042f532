import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';

import { createDecoys } from '../../src/users/decoys.ts';
import type { HashCosts, PasswordHash } from '../../src/users/password-hash.ts';

const ARGON: HashCosts = { algorithm: 'argon2id', memory: 19_456, passes: 2, parallelism: 1 };
const DEARER: HashCosts = { ...ARGON, passes: 4 };
const SCRYPT: HashCosts = { algorithm: 'scrypt', logN: 17, r: 8, p: 1 };

const NAMES = Array.from({ length: 4_000 }, (_, index) => `name ${index}`);

function hashes(costs: HashCosts, count: number): readonly PasswordHash[] {
  return Array.from({ length: count }, () => ({
    costs,
    salt: randomBytes(16),
    digest: randomBytes(32),
  }));
}

const USERS = [...hashes(SCRYPT, 10), ...hashes(ARGON, 60), ...hashes(DEARER, 30)];

test('names that are not there cost what users cost, each as often as among the users', async () => {
  const decoyOf = await createDecoys(USERS);
  const share = (wanted: HashCosts): number =>
    NAMES.filter((name) => decoyOf(name).costs === wanted).length / NAMES.length;
  for (const [costs, expected] of [
    [SCRYPT, 0.1],
    [ARGON, 0.6],
    [DEARER, 0.3],
  ] as const) {
    // Five standard deviations: once in a million runs.
    assert.ok(Math.abs(share(costs) - expected) < 0.04, `${costs.algorithm}: ${share(costs)}`);
  }
});

test('a name costs the same at every attempt, in every process, in whatever order the users stand', async () => {
  const decoyOf = await createDecoys(USERS);
  const elsewhere = await createDecoys(USERS.toReversed());
  for (const name of NAMES) {
    assert.equal(decoyOf(name), decoyOf(name));
    assert.equal(elsewhere(name).costs, decoyOf(name).costs);
  }
});

test('what a name costs can not be known from other files', async () => {
  const decoyOf = await createDecoys(USERS);
  const guessed = await createDecoys(USERS.map((hash) => ({ ...hash, digest: randomBytes(32) })));
  const different = NAMES.filter((name) => decoyOf(name).costs !== guessed(name).costs);
  assert.ok(different.length > NAMES.length / 4, `${different.length} differ`);
});

test('another user moves few names to other costs', async () => {
  const [first, ...others] = USERS.toSorted((a, b) => Buffer.compare(a.digest, b.digest));
  assert.ok(first);
  const before = await createDecoys(USERS);
  const after = await createDecoys([first, ...others.slice(1)]);
  const moved = NAMES.filter((name) => before(name).costs !== after(name).costs);
  assert.ok(moved.length < NAMES.length / 20, `${moved.length} moved`);
});
