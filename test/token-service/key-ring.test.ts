import assert from 'node:assert/strict';
import { test } from 'node:test';

import { bySigner, dueChange, signingAlgorithm } from '../../src/token-service/keys/key-ring.ts';
import type {
  KeyGeneration,
  KeyPolicy,
  SigningAlgorithm,
} from '../../src/token-service/keys/key-ring.ts';

/** Seconds, as the ring counts. */
const ROTATE = 1_000;
const PUBLISH = 100;
const KEEP = 500;

const POLICY: KeyPolicy = {
  algorithms: ['ES256'],
  rotateEveryMs: ROTATE * 1_000,
  publishBeforeMs: PUBLISH * 1_000,
  keepMs: KEEP * 1_000,
};

function generation(
  signsFrom: number,
  algorithms: readonly SigningAlgorithm[] = ['ES256'],
): KeyGeneration {
  return {
    signsFrom,
    cookie: `cookie ${signsFrom}`,
    signing: algorithms.map((alg) => ({ alg, kid: `${alg} ${signsFrom}`, kty: 'EC', d: 'd' })),
  };
}

const signers = (ring: readonly KeyGeneration[]) => ring.map(({ signsFrom }) => signsFrom);

test('the first keys sign at once', () => {
  assert.deepEqual(dueChange([], POLICY, 7), { kept: [], nextSignsFrom: 7 });
});

test('the next keys are made publish_before ahead of the rotation, and only once', () => {
  const ring = [generation(0)];
  assert.equal(dueChange(ring, POLICY, ROTATE - PUBLISH - 1), undefined);
  const due = dueChange(ring, POLICY, ROTATE - PUBLISH);
  assert.equal(due?.nextSignsFrom, ROTATE);
  assert.equal(dueChange([...ring, generation(ROTATE)], POLICY, ROTATE - 1), undefined);
});

test('a rotation that was missed is made up for, still publish_before ahead', () => {
  const late = ROTATE * 5;
  assert.equal(dueChange([generation(0)], POLICY, late)?.nextSignsFrom, late + PUBLISH);
});

test('keys sign from their time on, and the signer stands first', () => {
  const ring = [generation(0), generation(ROTATE)];
  assert.deepEqual(signers(bySigner(ring, ROTATE - 1)), [0, ROTATE]);
  assert.deepEqual(signers(bySigner(ring, ROTATE)), [ROTATE, 0]);
  const three = [...ring, generation(ROTATE * 2)];
  assert.deepEqual(signers(bySigner(three, ROTATE)), [ROTATE, 0, ROTATE * 2]);
});

test('keys go when all that they signed is over, and never the ones that sign', () => {
  const ring = [generation(0), generation(ROTATE)];
  assert.equal(dueChange(ring, POLICY, ROTATE + KEEP - 1), undefined);
  assert.deepEqual(signers(dueChange(ring, POLICY, ROTATE + KEEP)?.kept ?? []), [ROTATE]);
  assert.deepEqual(signers(dueChange([generation(0)], POLICY, 1e9)?.kept ?? []), [0]);
});

test('an algorithm that is new in the configuration gets its key, and signs when that is known', () => {
  const ring = [generation(0)];
  const policy: KeyPolicy = { ...POLICY, algorithms: ['PS256', 'ES256'] };
  assert.deepEqual(dueChange(ring, policy, 10), { kept: ring, nextSignsFrom: 10 + PUBLISH });
  const both = [...ring, generation(10 + PUBLISH, ['PS256', 'ES256'])];
  assert.equal(dueChange(both, policy, 11), undefined);
  assert.equal(signingAlgorithm(bySigner(both, 11), policy), 'ES256');
  assert.equal(signingAlgorithm(bySigner(both, 10 + PUBLISH), policy), 'PS256');
});
