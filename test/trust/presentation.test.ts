import assert from 'node:assert/strict';
import { test } from 'node:test';

import { createTrust } from '../../src/trust/trust.ts';
import type { PresentedChain } from '../../src/trust/trust.ts';
import { createAuthority, HOUR_MS, selfSigned } from '../support/pki.ts';

const NOW = Date.now();

function verdictAt(now: number, chain: PresentedChain): string {
  const presentation = createTrust({ now: () => now }).present(chain);
  if (presentation.kind !== 'presented') return presentation.kind;
  const { verdict } = presentation;
  return verdict.kind === 'untrusted' ? verdict.reason : verdict.kind;
}

test('a connection without a certificate has none', () => {
  assert.equal(verdictAt(NOW, { certificates: [], chainError: undefined }), 'absent');
});

test('a chain to a CA of the listener is trusted', async () => {
  const authority = await createAuthority();
  const leaf = await authority.issue({ subject: 'CN=a' });
  const chain = { certificates: [leaf.certificate], chainError: undefined };
  assert.equal(verdictAt(NOW, chain), 'trusted');
});

test('a self-signed certificate is told apart from one that only claims to be', async () => {
  const real = await selfSigned({ subject: 'CN=a' });
  const authority = await createAuthority({ name: 'a' });
  const lookalike = await authority.issue({ subject: 'CN=a,O=Test' });
  const chainError = 'DEPTH_ZERO_SELF_SIGNED_CERT';
  assert.equal(verdictAt(NOW, { certificates: [real.certificate], chainError }), 'self_signed');
  const claimed = { certificates: [lookalike.certificate], chainError };
  assert.equal(verdictAt(NOW, claimed), 'certificate_untrusted');
});

test('bytes that are no certificate are unreadable, wherever they stand', async () => {
  const { certificate } = await selfSigned();
  const broken = certificate.slice(0, -1);
  for (const certificates of [[broken], [certificate, broken], [new Uint8Array()]]) {
    assert.equal(verdictAt(NOW, { certificates, chainError: 'x' }), 'unreadable');
  }
});

test('validity is asked at every look, not once for the connection (T08)', async () => {
  const authority = await createAuthority();
  const leaf = await authority.issue({ notBefore: NOW - HOUR_MS, notAfter: NOW + HOUR_MS });
  const chain = { certificates: [leaf.certificate], chainError: undefined };
  let now = NOW;
  const trust = createTrust({ now: () => now });
  const kinds = [NOW - 2 * HOUR_MS, NOW, NOW + 2 * HOUR_MS, NOW].map((moment) => {
    now = moment;
    const presentation = trust.present(chain);
    assert.equal(presentation.kind, 'presented');
    if (presentation.kind !== 'presented') return '';
    const { verdict } = presentation;
    return verdict.kind === 'untrusted' ? verdict.reason : verdict.kind;
  });
  assert.deepEqual(kinds, [
    'certificate_not_yet_valid',
    'trusted',
    'certificate_expired',
    'trusted',
  ]);
});

test('a path lives no longer than its intermediate', async () => {
  const authority = await createAuthority();
  const intermediate = await authority.issue({ ca: true, notAfter: NOW + HOUR_MS });
  const leaf = await intermediate.issue({ notAfter: NOW + 3 * HOUR_MS });
  const certificates = [leaf.certificate, intermediate.certificate];
  const later = NOW + 2 * HOUR_MS;
  assert.equal(verdictAt(later, { certificates, chainError: undefined }), 'certificate_expired');
});
