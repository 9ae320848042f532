import assert from 'node:assert/strict';
import { test } from 'node:test';

import { explainCertificate } from '../../src/explain/explanation.ts';
import type { Explanation } from '../../src/explain/explanation.ts';
import { withAnchors, withCrls } from '../../src/explain/explain-world.ts';
import { noPause } from '../../src/explain/pause.ts';
import { parseCrl } from '../../src/certificate/revocation/crl.ts';
import type { TrustWorld } from '../../src/trust/trust-world.ts';
import { createAuthority, selfSigned } from '../support/pki.ts';
import type { Issued } from '../support/pki.ts';
import { mintCrl } from '../support/revocation-list.ts';
import { policyOf, worldOf } from '../trust/trust-fixture.ts';

function explain(
  world: TrustWorld,
  leaf: Issued | Uint8Array,
  others: readonly Uint8Array[] = [],
): Promise<Explanation> {
  const first = leaf instanceof Uint8Array ? leaf : leaf.certificate;
  return explainCertificate(
    {
      certificates: [first, ...others],
      at: Date.now(),
      purpose: 'client_auth',
      listener: 'public',
    },
    { world, clients: [], answerOf: () => undefined, headers: [], pause: noPause },
  );
}

test('a chain that the gateway refuses to read makes a certificate nobody may use', async () => {
  const authority = await createAuthority();
  const leaf = await authority.issue({ eku: ['clientAuth'] });
  const damaged = await explain(worldOf([authority]), leaf, [Uint8Array.of(0x30, 0)]);
  assert.equal(damaged.verdict.kind, 'untrusted');
  assert.equal(damaged.verdict.reason, 'certificate_malformed');
  assert.equal(damaged.verdict.meaning, 'nobody may use it, registered or not');
  assert.equal(damaged.unused[0]?.subject, 'unreadable');
  const long = await explain(
    worldOf([authority]),
    leaf,
    Array.from({ length: 10 }, () => leaf.certificate),
  );
  assert.equal(long.verdict.reason, 'certificate_chain_too_large');
});

test('a certificate that can not be read is not explained', async () => {
  const world = worldOf([]);
  await assert.rejects(() => explain(world, Uint8Array.of(0x30, 0)), {
    reason: 'certificate_malformed',
  });
});

test('each member of the path has its revocation, the anchor none', async () => {
  const authority = await createAuthority();
  const leaf = await authority.issue({ eku: ['clientAuth'], serialNumber: '2a' });
  const world = worldOf([authority]);
  const list = parseCrl(mintCrl(authority, { entries: [{ serialNumber: '2a' }] }));
  const statuses = (found: Explanation) =>
    found.path.map(({ role, revocation }) => [role, revocation?.status ?? null]);

  const off = await explain(world, leaf);
  assert.equal(off.verdict.kind, 'trusted');
  assert.deepEqual(statuses(off), [
    ['leaf', null],
    ['anchor', null],
  ]);
  const revoked = await explain(withCrls(world, [list]), leaf);
  assert.equal(revoked.verdict.reason, 'certificate_revoked');
  assert.deepEqual(statuses(revoked), [
    ['leaf', 'revoked'],
    ['anchor', null],
  ]);
});

test('a list handed in leaves a stricter mode as it is', async () => {
  const [authority, other] = await Promise.all([createAuthority(), createAuthority()]);
  const leaf = await authority.issue({ eku: ['clientAuth'] });
  const listeners = new Map([['public', policyOf([authority], { revocation: 'hard' })]]);
  const world = withCrls(worldOf([authority], { listeners }), [parseCrl(mintCrl(other))]);
  const { verdict } = await explain(world, leaf);
  assert.equal(verdict.kind, 'untrusted');
  assert.notEqual(verdict.reason, 'certificate_revoked');
});

test('other anchors take the place of those of every listener', async () => {
  const [authority, other] = await Promise.all([
    createAuthority(),
    createAuthority({ name: 'Other CA' }),
  ]);
  const leaf = await authority.issue({ eku: ['clientAuth'] });
  const world = worldOf([authority]);
  assert.equal((await explain(world, leaf)).verdict.kind, 'trusted');
  const elsewhere = await explain(withAnchors(world, [other.certificate]), leaf);
  assert.equal(elsewhere.verdict.reason, 'certificate_issuer_unknown');
});

test('characters that can not be seen are escaped in names', async () => {
  const odd = await selfSigned({ subject: 'CN=a\\0Ab' });
  const { subject, key, verdict } = await explain(worldOf([]), odd);
  assert.equal(subject, 'CN=a\\0ab');
  assert.equal(key, 'P-256');
  assert.equal(verdict.kind, 'self_signed');
});
