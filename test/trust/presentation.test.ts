import assert from 'node:assert/strict';
import { test } from 'node:test';

import { createTrust } from '../../src/trust/trust.ts';
import type { TrustWorld } from '../../src/trust/trust-world.ts';
import { thumbprintOf } from '../../src/certificate/thumbprint.ts';
import type { PresentedChain } from '../../src/trust/reading.ts';
import { createAuthority, HOUR_MS, selfSigned } from '../support/pki.ts';
import type { Issued } from '../support/pki.ts';
import { chainOf, policyOf, verdictText, worldOf } from './trust-fixture.ts';

const NOW = Date.now();

function trustIn(world: TrustWorld, now = NOW) {
  return createTrust({ world: () => world, now: () => now });
}

test('a connection without a certificate has none', () => {
  assert.equal(verdictText(trustIn(worldOf([])), chainOf()), 'absent');
});

test('a chain to a CA of the listener is trusted, with its intermediates in any order', async () => {
  const authority = await createAuthority();
  const first = await authority.issue({ ca: true });
  const second = await first.issue({ ca: true });
  const leaf = await second.issue({ subject: 'CN=a' });
  const trust = trustIn(worldOf([authority]));
  assert.equal(verdictText(trust, chainOf(leaf, second, first)), 'trusted');
  assert.equal(verdictText(trust, chainOf(leaf, first, authority, second)), 'trusted');
  assert.equal(verdictText(trust, chainOf(leaf, second)), 'certificate_issuer_unknown');
});

test('a trusted verdict names what stands between the leaf and its anchor, and no more', async () => {
  const authority = await createAuthority();
  const first = await authority.issue({ ca: true });
  const second = await first.issue({ ca: true });
  const stranger = await createAuthority({ name: 'Stranger' });
  const leaf = await second.issue({ subject: 'CN=a' });
  const intermediatesFor = (anchors: readonly Issued[], chain: PresentedChain) => {
    const presentation = trustIn(worldOf(anchors)).present(chain);
    assert.ok(presentation.kind === 'presented' && presentation.verdict.kind === 'trusted');
    return presentation.verdict.intermediates.map(thumbprintOf);
  };
  const sent = chainOf(leaf, stranger, first, authority, second);
  const path = [second.thumbprint, first.thumbprint];
  assert.deepEqual(intermediatesFor([authority], sent), path);
  assert.deepEqual(intermediatesFor([first], sent), [second.thumbprint]);
  assert.deepEqual(intermediatesFor([leaf], chainOf(leaf)), []);
});

test('a chain is read once for all connections that show it, unless it is refused', async () => {
  const authority = await createAuthority();
  const leaf = await authority.issue({ subject: 'CN=a' });
  const stranger = await (await createAuthority({ name: 'Stranger' })).issue();
  const trust = trustIn(worldOf([authority]));
  const read = (...sent: readonly Issued[]) => {
    const presentation = trust.present(chainOf(...sent));
    assert.ok(presentation.kind === 'presented');
    return presentation.certificate;
  };
  assert.equal(read(leaf), read(leaf));
  assert.notEqual(read(leaf), read(leaf, authority), 'another chain is read anew');
  assert.notEqual(read(stranger), read(stranger));
});

test('a listener without CAs trusts nobody', async () => {
  const authority = await createAuthority();
  const leaf = await authority.issue();
  assert.equal(verdictText(trustIn(worldOf([])), chainOf(leaf)), 'certificate_issuer_unknown');
  const unknown = { ...chainOf(leaf), listener: 'another' };
  assert.equal(verdictText(trustIn(worldOf([authority])), unknown), 'certificate_untrusted');
});

test('the leaf is the certificate that was proven, never another of the chain (T18)', async () => {
  const authority = await createAuthority();
  const victim = await authority.issue({ subject: 'CN=victim' });
  const attacker = await selfSigned({ subject: 'CN=attacker' });
  const trust = trustIn(worldOf([authority]));
  const presentation = trust.present(chainOf(attacker, victim, authority));
  assert.equal(presentation.kind, 'presented');
  if (presentation.kind !== 'presented') return;
  assert.equal(presentation.certificate.thumbprint, attacker.thumbprint);
  assert.equal(presentation.verdict.kind, 'self_signed');
});

test('a self-signed certificate is told apart from one that only claims to be', async () => {
  const real = await selfSigned({ subject: 'CN=a' });
  const authority = await createAuthority({ name: 'a' });
  const lookalike = await authority.issue({ subject: 'CN=a,O=Test' });
  const trust = trustIn(worldOf([]));
  assert.equal(verdictText(trust, chainOf(real)), 'self_signed');
  assert.equal(verdictText(trust, chainOf(lookalike)), 'certificate_issuer_unknown');
});

test('bytes that are no certificate are unreadable, wherever they stand', async () => {
  const { certificate } = await selfSigned();
  const broken = certificate.slice(0, -1);
  const trust = trustIn(worldOf([]));
  for (const sent of [[broken], [certificate, broken], [new Uint8Array()]]) {
    assert.equal(verdictText(trust, chainOf(...sent)), 'unreadable');
  }
});

test('validity is asked at every look, not once for the connection (T08)', async () => {
  const authority = await createAuthority();
  const intermediate = await authority.issue({
    ca: true,
    notBefore: NOW - HOUR_MS,
    notAfter: NOW + HOUR_MS,
  });
  const leaf = await intermediate.issue({
    notBefore: NOW - 2 * HOUR_MS,
    notAfter: NOW + 3 * HOUR_MS,
  });
  let now = NOW;
  const world = worldOf([authority]);
  const trust = createTrust({ world: () => world, now: () => now });
  const chain = chainOf(leaf, intermediate);
  const hours = [0, 2, 4, 0, -1.5, -3, 0];
  const verdicts = hours.map((hour) => {
    now = NOW + hour * HOUR_MS;
    return verdictText(trust, chain);
  });
  assert.deepEqual(verdicts, [
    'trusted',
    'certificate_expired',
    'certificate_expired',
    'trusted',
    'certificate_not_yet_valid',
    'certificate_not_yet_valid',
    'trusted',
  ]);
});

test('a change of the world counts at the next look of an open connection (T09)', async () => {
  const authority = await createAuthority();
  const leaf = await authority.issue();
  let world = worldOf([authority]);
  const trust = createTrust({ world: () => world, now: () => NOW });
  const chain = chainOf(leaf);
  assert.equal(verdictText(trust, chain), 'trusted');
  world = worldOf([], { generation: 2 });
  assert.equal(verdictText(trust, chain), 'certificate_issuer_unknown');
  world = worldOf([authority], { generation: 3 });
  assert.equal(verdictText(trust, chain), 'trusted');
});

test('a client with CAs of its own is judged by these alone', async () => {
  const listenerCa = await createAuthority({ name: 'listener' });
  const clientCa = await createAuthority({ name: 'client' });
  const chain = chainOf(await clientCa.issue());
  const clients = new Map([['a', policyOf([clientCa], { name: 'client:a' })]]);
  const trust = trustIn(worldOf([listenerCa], { clients }));
  assert.equal(verdictText(trust, chain), 'certificate_issuer_unknown');
  assert.equal(trust.verdictFor('a', chain)?.kind, 'trusted');
  assert.equal(trust.verdictFor('a', chainOf(await listenerCa.issue()))?.kind, 'untrusted');
  assert.equal(trust.verdictFor('b', chain), undefined);
});

test('a weak key is refused also where the certificate vouches for itself (T27)', async () => {
  const weak = await selfSigned({ keyType: 'rsa' });
  const rules = { ...policyOf([]).rules, minRsaBits: 4_096 };
  const listeners = new Map([['public', policyOf([], { rules })]]);
  const trust = trustIn(worldOf([], { listeners }));
  assert.equal(verdictText(trust, chainOf(weak)), 'certificate_key_refused');
});
