import assert from 'node:assert/strict';
import { test } from 'node:test';

import { createTrust } from '../../src/trust/trust.ts';
import type { PresentedChain } from '../../src/trust/reading.ts';
import type { TrustWorld } from '../../src/trust/trust-world.ts';
import { createAuthority, HOUR_MS, selfSigned } from '../support/pki.ts';
import type { Issued } from '../support/pki.ts';
import { chainOf, policyOf, verdictText, worldOf } from './trust-fixture.ts';

const NOW = Date.now();
const authority = await createAuthority();
const leaf = await authority.issue({ subject: 'CN=a' });

function trustIn(world: TrustWorld, now = () => NOW) {
  return createTrust({ world: () => world, now });
}

function vouchedFor(...sent: readonly Issued[]): PresentedChain {
  return { ...chainOf(...sent), verifiedBy: 'balancer' };
}

test('what the balancer has verified is trusted without a CA of ours', () => {
  assert.equal(verdictText(trustIn(worldOf([])), vouchedFor(leaf)), 'trusted');
});

test('the word of the balancer counts for what it names, not for the same chain from others', () => {
  const trust = trustIn(worldOf([]));
  const direct = chainOf(leaf);
  assert.equal(verdictText(trust, vouchedFor(leaf)), 'trusted');
  assert.equal(verdictText(trust, direct), 'certificate_issuer_unknown');
  assert.equal(verdictText(trust, vouchedFor(leaf)), 'trusted');
});

test('the dates of the leaf are asked at every look, whoever has verified it', async () => {
  let now = NOW;
  const trust = trustIn(worldOf([]), () => now);
  const short = vouchedFor(await authority.issue({ notAfter: NOW + HOUR_MS }));
  assert.equal(verdictText(trust, short), 'trusted');
  now += 2 * HOUR_MS;
  assert.equal(verdictText(trust, short), 'certificate_expired');
});

test('a self-signed certificate stays one that only its registration makes a client', async () => {
  const own = vouchedFor(await selfSigned());
  assert.equal(verdictText(trustIn(worldOf([authority])), own), 'self_signed');
});

test('anchors of a client are asked here, whatever the balancer has verified', () => {
  const other = worldOf([]);
  const own = (anchors: readonly Issued[]) => new Map([['a', policyOf(anchors)]]);
  const stranger = trustIn({ ...other, clients: own([]) });
  assert.equal(stranger.verdictFor('a', vouchedFor(leaf))?.kind, 'untrusted');
  const known = trustIn({ ...other, clients: own([authority]) });
  assert.equal(known.verdictFor('a', vouchedFor(leaf))?.kind, 'trusted');
});
