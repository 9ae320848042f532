import assert from 'node:assert/strict';
import { test } from 'node:test';

import { parseCrl } from '../../src/certificate/revocation/crl.ts';
import { createCrlSet } from '../../src/certificate/revocation/crl-set.ts';
import { writeDer, writeObjectIdentifier } from '../../src/certificate/der/der-writer.ts';
import { readOcspResponse } from '../../src/certificate/revocation/ocsp-response.ts';
import { verifyOcspResponse } from '../../src/certificate/revocation/ocsp-revocation.ts';
import type { OcspQuestion } from '../../src/certificate/revocation/ocsp-revocation.ts';
import { parseCertificate } from '../../src/certificate/parse.ts';
import { anchorOf } from '../../src/certificate/path/path-anchor.ts';
import type { RevocationOutcome } from '../../src/certificate/revocation/revocation.ts';
import { TrustDataError } from '../../src/errors.ts';
import type { MintExtension } from '../../src/certificate/mint/mint-extension.ts';
import { createRandom, mutate } from '../support/mutants.ts';
import {
  mintOcspAnswer,
  ocspRefusal,
  responderByKey,
  responderByName,
} from '../support/ocsp-answer.ts';
import type { AnswerOptions, SingleAnswer } from '../support/ocsp-answer.ts';
import { createAuthority, HOUR_MS } from '../support/pki.ts';
import type { CertificateOptions, Issued } from '../support/pki.ts';
import { extension, mintCrl, serialOf } from '../support/revocation-list.ts';

const now = Date.now();
const authority = await createAuthority({ name: 'Answering CA' });
const leaf = await authority.issue();
const own: SingleAnswer = { subject: leaf, issuer: authority };
const nonce = Buffer.from('00112233445566778899aabbccddeeff', 'hex');

const ocspSigning: MintExtension = {
  type: '2.5.29.37',
  critical: false,
  value: writeDer(0x30, writeObjectIdentifier('1.3.6.1.5.5.7.3.9')),
};
const noCheck: MintExtension = {
  type: '1.3.6.1.5.5.7.48.1.5',
  critical: false,
  value: writeDer(0x05),
};
const delegate = (options: CertificateOptions = {}): Promise<Issued> =>
  authority.issue({ subject: 'CN=responder', extensions: [ocspSigning, noCheck], ...options });

const verify = (
  options: Partial<AnswerOptions> = {},
  question: Partial<OcspQuestion> = {},
): RevocationOutcome =>
  verifyOcspResponse({
    response: readOcspResponse(mintOcspAnswer({ answers: [own], signer: authority, ...options })),
    certificate: parseCertificate(leaf.certificate),
    issuer: anchorOf(parseCertificate(authority.certificate)),
    at: now,
    ...question,
  });

function expectUnknown(outcome: RevocationOutcome, reason: string, detail: RegExp): void {
  assert.equal(outcome.status, 'unknown');
  assert.equal(outcome.reason, reason, outcome.detail);
  assert.match(outcome.detail, detail);
}

const seconds = (moment: number): number => Math.floor(moment / 1_000) * 1_000;

test('takes the answer of the issuer itself, by name or by key, with either hash', () => {
  const nextUpdate = seconds(now + 5 * HOUR_MS);
  for (const responder of [responderByName(authority), responderByKey(authority)]) {
    for (const digest of ['sha1', 'sha256'] as const) {
      for (const certificates of [[], [authority]]) {
        const answers = [{ ...own, digest, nextUpdate }];
        const outcome = verify({ answers, responder, certificates });
        assert.deepEqual(outcome, { status: 'good', validUntil: nextUpdate + 60_000 });
      }
    }
  }
});

test('a revoked certificate is revoked, with date and reason', () => {
  for (const [reason, word] of [
    [undefined, 'unspecified'],
    [1, 'keyCompromise'],
  ] as const) {
    const answers = [
      { ...own, status: 'revoked' as const, ...(reason !== undefined && { reason }) },
    ];
    const outcome = verify({ answers });
    assert.equal(outcome.status, 'revoked');
    assert.equal(outcome.detail, `revoked at 2026-01-02T00:00:00.000Z, reason ${word}`);
  }
});

test('revoked stays revoked in an old answer, and beside a good one', () => {
  const dates = { thisUpdate: now - 9 * HOUR_MS, nextUpdate: now - 8 * HOUR_MS };
  const revoked = { ...own, status: 'revoked' as const };
  assert.equal(verify({ answers: [{ ...revoked, ...dates }] }).status, 'revoked');
  assert.equal(verify({ answers: [own, { ...revoked, digest: 'sha256' }] }).status, 'revoked');
});

test('an answer that the responder does not know the certificate says nothing', () => {
  expectUnknown(verify({ answers: [{ ...own, status: 'unknown' }] }), 'ocsp_unknown', /not know/);
});

test('a refusal of the responder says nothing', () => {
  for (const [status, word] of [
    [1, 'malformedRequest'],
    [2, 'internalError'],
    [3, 'tryLater'],
    [5, 'sigRequired'],
    [6, 'unauthorized'],
  ] as const) {
    const outcome = verify({}, { response: readOcspResponse(ocspRefusal(status)) });
    expectUnknown(outcome, 'ocsp_unavailable', new RegExp(`"${word}"`));
  }
});

test('an answer about another certificate says nothing', async () => {
  const other = await authority.issue();
  const stranger = await createAuthority({ name: 'Other CA' });
  const about = (answer: SingleAnswer): void =>
    expectUnknown(verify({ answers: [answer] }), 'ocsp_mismatch', /about other certificates/);
  about({ ...own, subject: other });
  about({ ...own, issuer: stranger });
  about({ ...own, id: { issuerNameHash: '00'.repeat(20) } });
  about({ ...own, id: { issuerKeyHash: '00'.repeat(20) } });
  about({ ...own, id: { serialNumber: `7f${serialOf(leaf.certificate)}` } });
  about({ ...own, digest: 'sha256', id: { digest: 'sha1' } });
  expectUnknown(verify({ answers: [] }), 'ocsp_mismatch', /about other certificates/);
  assert.equal(verify({ answers: [{ ...own, subject: other }, own] }).status, 'good');
});

test('an answer counts from this update to next update, with a minute for the clocks', () => {
  const thisUpdate = seconds(now) - HOUR_MS;
  const nextUpdate = seconds(now) + HOUR_MS;
  const answers = [{ ...own, thisUpdate, nextUpdate }];
  const at = (moment: number, clockSkewMs?: number): RevocationOutcome =>
    verify({ answers }, { at: moment, ...(clockSkewMs !== undefined && { clockSkewMs }) });
  assert.equal(at(thisUpdate - 60_000).status, 'good');
  expectUnknown(at(thisUpdate - 60_001), 'ocsp_stale', /the answer counts from/);
  assert.equal(at(nextUpdate + 60_000).status, 'good');
  expectUnknown(at(nextUpdate + 60_001), 'ocsp_stale', /the answer counts from/);
  assert.equal(at(nextUpdate, 0).status, 'good');
  expectUnknown(at(nextUpdate + 1, 0), 'ocsp_stale', /./);
});

test('an answer without next update counts for an hour, or as long as the caller says', () => {
  const thisUpdate = seconds(now) - 2 * HOUR_MS;
  const answers = [{ ...own, thisUpdate, nextUpdate: null }];
  expectUnknown(verify({ answers }), 'ocsp_stale', /./);
  const outcome = verify({ answers }, { maxAgeMs: 3 * HOUR_MS, clockSkewMs: 0 });
  assert.deepEqual(outcome, { status: 'good', validUntil: thisUpdate + 3 * HOUR_MS });
});

test('a nonce in the answer must be ours, and is missed only where that is asked for', () => {
  assert.equal(verify({ nonce }, { nonce }).status, 'good');
  assert.equal(verify({}, { nonce }).status, 'good');
  const foreign = /nonce of another question/;
  expectUnknown(verify({ nonce }), 'ocsp_mismatch', foreign);
  expectUnknown(verify({ nonce: Buffer.alloc(16) }, { nonce }), 'ocsp_mismatch', foreign);
  expectUnknown(verify({ nonce: nonce.subarray(1) }, { nonce }), 'ocsp_mismatch', foreign);
  expectUnknown(verify({}, { nonce, requireNonce: true }), 'ocsp_mismatch', /no nonce/);
});

test('takes the answer of a responder that the issuer itself entitled', async () => {
  const signer = await delegate();
  for (const responder of [responderByName(signer), responderByKey(signer)]) {
    assert.equal(verify({ signer, responder }).status, 'good');
  }
  assert.equal(verify({ signer, certificates: [leaf, signer] }).status, 'good');
});

test('an answer counts no longer than the certificate of its responder', async () => {
  const notAfter = seconds(now + HOUR_MS);
  const outcome = verify({ signer: await delegate({ notAfter }) });
  assert.equal(outcome.status, 'good');
  assert.equal(outcome.validUntil, notAfter + 999 + 60_000);
});

test('refuses responders that the issuer did not entitle', async () => {
  const stranger = await createAuthority({ name: 'Other CA' });
  const impostor = await createAuthority({ name: 'Answering CA' });
  const intermediate = await authority.issue({ subject: 'CN=Intermediate', ca: true });
  const signing = { subject: 'CN=responder', extensions: [ocspSigning, noCheck] };
  const strange = { type: '1.2.3.4', critical: true, value: writeDer(0x05) };
  const refusals: readonly [string, Issued, RegExp][] = [
    ['of another CA', await stranger.issue(signing), /not issued by the issuer/],
    ['below an intermediate', await intermediate.issue(signing), /not issued by the issuer/],
    ['of a CA of the same name', await impostor.issue(signing), /does not verify/],
    ['an impostor of the issuer', impostor, /does not verify|not issued|OCSPSigning/],
    ['without usage', await delegate({ extensions: [noCheck] }), /OCSPSigning/],
    [
      'with any usage',
      await delegate({ extensions: [noCheck], eku: ['any', 'clientAuth'] }),
      /OCSPSigning/,
    ],
    ['that may not sign', await delegate({ keyUsage: ['keyEncipherment'] }), /key usage/],
    ['that expired', await delegate({ notAfter: now - HOUR_MS }), /certificate_expired/],
    ['of tomorrow', await delegate({ notBefore: now + HOUR_MS }), /certificate_not_yet_valid/],
    [
      'with a critical extension',
      await delegate({ extensions: [ocspSigning, noCheck, strange] }),
      /critical extension 1\.2\.3\.4/,
    ],
    ['the certificate itself', leaf, /OCSPSigning/],
  ];
  for (const [name, signer, detail] of refusals) {
    const outcome = verify({ signer });
    assert.equal(outcome.status, 'unknown', name);
    expectUnknown(outcome, 'ocsp_signature_invalid', detail);
  }
});

test('refuses an answer whose signer is not at hand, or not the one that it names', async () => {
  const signer = await delegate();
  const other = await delegate({ subject: 'CN=other responder' });
  const missing = /neither the issuer nor one of the certificates/;
  expectUnknown(verify({ signer, certificates: [] }), 'ocsp_signature_invalid', missing);
  expectUnknown(verify({ signer, certificates: [other] }), 'ocsp_signature_invalid', missing);
  const responder = responderByName(other);
  const forged = verify({ signer, responder, certificates: [other, signer] });
  expectUnknown(forged, 'ocsp_signature_invalid', /does not verify/);
  const disguised = verify({ signer, responder: responderByName(authority) });
  expectUnknown(disguised, 'ocsp_signature_invalid', /signature of the issuer/);
});

test('a responder whose certificate needs a check is checked by CRL', async () => {
  const signer = await delegate({ extensions: [ocspSigning] });
  const missing = verify({ signer });
  expectUnknown(missing, 'ocsp_signature_invalid', /needs a check by CRL: no CRL is at hand/);
  const withList = (entries: readonly { serialNumber: string }[]): RevocationOutcome =>
    verify({ signer }, { crls: createCrlSet([parseCrl(mintCrl(authority, { entries }))]) });
  assert.equal(withList([]).status, 'good');
  const revoked = withList([{ serialNumber: serialOf(signer.certificate) }]);
  expectUnknown(revoked, 'ocsp_signature_invalid', /revoked at/);
});

test('refuses answers that are not what RFC 6960 makes them', () => {
  const strange = extension({ type: '1.2.3.4', critical: true, value: writeDer(0x05) });
  const good = mintOcspAnswer({ answers: [own], signer: authority });
  const refusals: readonly [Uint8Array, RegExp][] = [
    [mintOcspAnswer({ answers: [own], signer: authority, extensions: [strange] }), /critical/],
    [
      mintOcspAnswer({ answers: [{ ...own, extensions: [strange] }], signer: authority }),
      /critical extension 1\.2\.3\.4/,
    ],
    [ocspRefusal(0), /without an answer/],
    [ocspRefusal(4), /unknown OCSP status 4/],
    [ocspRefusal(7), /unknown OCSP status 7/],
    [mintOcspAnswer({ answers: [own], signer: authority, responder: writeDer(0xa3) }), /responder/],
    [
      mintOcspAnswer({
        answers: [{ ...own, thisUpdate: now, nextUpdate: now - HOUR_MS }],
        signer: authority,
      }),
      /nextUpdate before thisUpdate/,
    ],
    [
      mintOcspAnswer({ answers: [{ ...own, status: 'revoked', reason: 7 }], signer: authority }),
      /reason that does not exist/,
    ],
    [
      mintOcspAnswer({ answers: Array.from({ length: 65 }, () => own), signer: authority }),
      /too many responses/,
    ],
    [
      mintOcspAnswer({
        answers: [own],
        signer: authority,
        certificates: Array.from({ length: 9 }, () => authority),
      }),
      /too many certificates/,
    ],
    [Buffer.concat([good, Buffer.of(5, 0)]), /octets follow/],
    [Buffer.from('<html>'), /OCSP: DER offset/],
  ];
  for (const [der, message] of refusals) {
    assert.throws(
      () => readOcspResponse(der),
      (error) => {
        assert.ok(error instanceof TrustDataError, String(error));
        assert.equal(error.reason, 'ocsp_malformed');
        assert.match(error.message, message);
        return true;
      },
    );
  }
  for (let length = 0; length < good.length; length += 1) {
    assert.throws(() => readOcspResponse(good.subarray(0, length)), { name: 'TrustDataError' });
  }
});

test('mutants of an answer are refused, unknown, or say what the answer said', async () => {
  const signer = await delegate();
  const answers: readonly SingleAnswer[] = [{ ...own, status: 'revoked', reason: 1 }];
  const original = mintOcspAnswer({ answers, signer, nonce });
  const random = createRandom(3);
  const question = {
    certificate: parseCertificate(leaf.certificate),
    issuer: anchorOf(parseCertificate(authority.certificate)),
    nonce,
    at: now,
  };
  const seen = new Set<string>();
  for (let round = 0; round < 3_000; round += 1) {
    const mutant = Buffer.from(mutate(original, random));
    try {
      const { status } = verifyOcspResponse({ ...question, response: readOcspResponse(mutant) });
      assert.notEqual(status, 'good', mutant.toString('hex'));
      seen.add(status);
    } catch (error) {
      assert.ok(error instanceof TrustDataError, `${mutant.toString('hex')}: ${String(error)}`);
    }
  }
  assert.ok(seen.has('unknown'));
});
