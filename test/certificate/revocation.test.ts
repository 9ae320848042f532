import assert from 'node:assert/strict';
import { test } from 'node:test';

import { parseCertificate } from '../../src/certificate/parse.ts';
import { anchorOf } from '../../src/certificate/path/path-anchor.ts';
import {
  decideRevocation,
  mergeSources,
  revocationQuestions,
} from '../../src/certificate/revocation/revocation.ts';
import type { RevocationOutcome } from '../../src/certificate/revocation/revocation.ts';
import { createAuthority } from '../support/pki.ts';

const good = (validUntil: number): RevocationOutcome => ({ status: 'good', validUntil });
const bad = (status: 'revoked' | 'unknown', validUntil: number): RevocationOutcome => ({
  status,
  reason: status === 'revoked' ? 'certificate_revoked' : 'crl_stale',
  detail: `${status} ${validUntil}`,
  validUntil,
});

test('revoked is refused whatever the mode, unless there is none', () => {
  const outcomes = [good(3), bad('unknown', 2), bad('revoked', 9)];
  const refused = {
    kind: 'refused',
    reason: 'certificate_revoked',
    detail: 'revoked 9',
    validUntil: 9,
  };
  assert.deepEqual(decideRevocation(outcomes, 'soft'), refused);
  assert.deepEqual(decideRevocation(outcomes, 'hard'), refused);
  assert.deepEqual(decideRevocation(outcomes, 'off'), {
    kind: 'accepted',
    validUntil: Number.POSITIVE_INFINITY,
    unknown: [],
  });
});

test('unknown is refused under hard, accepted and told under soft', () => {
  const outcomes = [good(3), bad('unknown', 2)];
  assert.deepEqual(decideRevocation(outcomes, 'hard'), {
    kind: 'refused',
    reason: 'crl_stale',
    detail: 'unknown 2',
    validUntil: 2,
  });
  assert.deepEqual(decideRevocation(outcomes, 'soft'), {
    kind: 'accepted',
    validUntil: 2,
    unknown: [{ reason: 'crl_stale', detail: 'unknown 2' }],
  });
});

test('a path of good certificates is accepted as long as all of them are', () => {
  const accepted = { kind: 'accepted', validUntil: 3, unknown: [] };
  assert.deepEqual(decideRevocation([good(5), good(3)], 'hard'), accepted);
  assert.equal(decideRevocation([], 'hard').kind, 'accepted');
});

test('of several sources revoked wins, then good for the longest time', () => {
  assert.deepEqual(mergeSources(good(5), bad('revoked', 1)), bad('revoked', 1));
  assert.deepEqual(mergeSources(bad('unknown', 1), good(5), good(7)), good(7));
  assert.deepEqual(mergeSources(bad('unknown', 8), bad('unknown', 2)), {
    ...bad('unknown', 8),
    validUntil: 2,
  });
});

test('every certificate below the anchor is asked about, with the one above it', async () => {
  const root = await createAuthority();
  const intermediate = await root.issue({ subject: 'CN=Intermediate', ca: true });
  const leaf = await intermediate.issue();
  const [first, second, last] = [leaf, intermediate, root].map(({ certificate }) =>
    parseCertificate(certificate),
  );
  assert.ok(first !== undefined && second !== undefined && last !== undefined);
  const anchor = anchorOf(last);
  const expected = [
    { certificate: first, issuer: anchorOf(second) },
    { certificate: second, issuer: anchor },
  ];
  assert.deepEqual(revocationQuestions([first, second, last], anchor), expected);
  assert.deepEqual(revocationQuestions([first, second], anchor), expected);
  const bare = { name: last.subject, publicKey: last.publicKey };
  assert.deepEqual(revocationQuestions([first, second], bare)[1]?.issuer, bare);
  assert.deepEqual(revocationQuestions([first], anchorOf(first)), []);
});
