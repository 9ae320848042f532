import assert from 'node:assert/strict';
import { test } from 'node:test';

import { parseCrl } from '../../src/certificate/revocation/crl.ts';
import { checkRevocation } from '../../src/certificate/revocation/crl-revocation.ts';
import { createCrlSet } from '../../src/certificate/revocation/crl-set.ts';
import { writeDer } from '../../src/certificate/der/der-writer.ts';
import { parseCertificate } from '../../src/certificate/parse.ts';
import { anchorOf } from '../../src/certificate/path/path-anchor.ts';
import type { RevocationOutcome } from '../../src/certificate/revocation/revocation.ts';
import { createAuthority, HOUR_MS, selfSigned } from '../support/pki.ts';
import type { CertificateOptions, Issued } from '../support/pki.ts';
import {
  crlNumber,
  issuingDistributionPoint,
  mintCrl,
  pointName,
  serialOf,
} from '../support/revocation-list.ts';
import type { ListOptions } from '../support/revocation-list.ts';

const now = Date.now();
const DAY_MS = 24 * HOUR_MS;
const authority = await createAuthority({ name: 'Revoking CA' });
const leaf = await authority.issue();
const listed = { serialNumber: serialOf(leaf.certificate), revokedAt: Date.UTC(2026, 0, 2) };
const flag = (tag: number): Uint8Array => writeDer(0x80 | tag, Uint8Array.of(0xff));

interface Situation {
  readonly subject?: Issued;
  readonly issuer?: Issued;
  readonly at?: number;
  readonly clockSkewMs?: number;
}

const ask = (lists: readonly Uint8Array[], situation: Situation = {}): RevocationOutcome => {
  const { subject = leaf, issuer = authority, at = now, clockSkewMs = 0 } = situation;
  return checkRevocation({
    certificate: parseCertificate(subject.certificate),
    issuer: anchorOf(parseCertificate(issuer.certificate)),
    crls: createCrlSet(lists.map((list) => parseCrl(list))),
    at,
    clockSkewMs,
  });
};

const list = (options: ListOptions = {}): Uint8Array => mintCrl(authority, options);

function expectUnknown(outcome: RevocationOutcome, reason: string, detail: RegExp): void {
  assert.equal(outcome.status, 'unknown');
  assert.equal(outcome.reason, reason, outcome.detail);
  assert.match(outcome.detail, detail);
}

/** The same, cut to seconds, as lists have it. */
const seconds = (moment: number): number => Math.floor(moment / 1_000) * 1_000;

test('a certificate that its issuer does not list is good until the next update', () => {
  const nextUpdate = seconds(now + DAY_MS);
  const outcome = ask([list({ nextUpdate, entries: [{ serialNumber: '05' }] })]);
  assert.deepEqual(outcome, { status: 'good', validUntil: nextUpdate });
});

test('a listed certificate is revoked, with date and reason', () => {
  const outcome = ask([list({ entries: [{ ...listed, reason: 1 }] })]);
  assert.equal(outcome.status, 'revoked');
  assert.equal(outcome.reason, 'certificate_revoked');
  assert.equal(outcome.detail, 'revoked at 2026-01-02T00:00:00.000Z, reason keyCompromise');
});

test('whatever the reason, a listed certificate is revoked', () => {
  for (const reason of [0, 1, 2, 3, 4, 5, 6, 8, 9, 10]) {
    assert.equal(ask([list({ entries: [{ ...listed, reason }] })]).status, 'revoked');
  }
});

test('without a list of the issuer nothing is known', async () => {
  const other = await createAuthority({ name: 'Other CA' });
  for (const lists of [[], [mintCrl(other)]]) {
    expectUnknown(ask(lists), 'crl_absent', /no CRL of the issuer/);
  }
});

test('a list whose next update has passed says nothing good, but what it revoked stays so', () => {
  const dates = { thisUpdate: now - DAY_MS, nextUpdate: seconds(now - HOUR_MS) };
  const due = new Date(dates.nextUpdate).toISOString();
  const stale = ask([list(dates)]);
  expectUnknown(stale, 'crl_stale', new RegExp(`next update was due at ${due}`));
  assert.equal(ask([list({ ...dates, entries: [listed] })]).status, 'revoked');
});

test('next update is the last moment of a list, this update the first', () => {
  const thisUpdate = seconds(now) - HOUR_MS;
  const nextUpdate = seconds(now) + HOUR_MS;
  const lists = [list({ thisUpdate, nextUpdate })];
  const statusAt = (at: number, clockSkewMs = 0): string => {
    const outcome = ask(lists, { at, clockSkewMs });
    return outcome.status === 'good' ? 'good' : outcome.reason;
  };
  assert.equal(statusAt(thisUpdate - 1), 'crl_not_yet_valid');
  assert.equal(statusAt(thisUpdate), 'good');
  assert.equal(statusAt(nextUpdate), 'good');
  assert.equal(statusAt(nextUpdate + 1), 'crl_stale');
  assert.equal(statusAt(thisUpdate - 60_000, 60_000), 'good');
  assert.equal(statusAt(nextUpdate + 60_001, 60_000), 'crl_stale');
});

test('a stale list of one CA touches only that CA', async () => {
  const other = await createAuthority({ name: 'Other CA' });
  const subject = await other.issue();
  const stale = list({ thisUpdate: now - DAY_MS, nextUpdate: now - HOUR_MS });
  const lists = [stale, mintCrl(other)];
  expectUnknown(ask(lists), 'crl_stale', /due/);
  assert.equal(ask(lists, { subject, issuer: other }).status, 'good');
});

test('a list that another key signed under the name of the issuer does not count', async () => {
  const impostor = await createAuthority({ name: 'Revoking CA' });
  const forged = mintCrl(impostor, { entries: [listed] });
  expectUnknown(ask([forged]), 'crl_signature_invalid', /does not verify/);
  assert.equal(ask([forged, list()]).status, 'good');
  const changed = Buffer.from(list());
  const serial = changed.length - 20;
  changed[serial] = (changed[serial] ?? 0) ^ 1;
  expectUnknown(ask([changed]), 'crl_signature_invalid', /does not verify/);
});

test('a list signed with SHA-1 does not count', () => {
  const ecdsaWithSha1 = Buffer.from('300906072a8648ce3d0401', 'hex');
  const outcome = ask([list({ fields: { algorithm: ecdsaWithSha1 } })]);
  expectUnknown(outcome, 'crl_signature_invalid', /1\.2\.840\.10045\.4\.1 is not accepted/);
});

test('an issuer that may not sign lists has none, and one without key usage may', async () => {
  const make = (keyUsage: CertificateOptions['keyUsage']): Promise<Issued> =>
    selfSigned({ subject: 'CN=Restricted', ca: true, ...(keyUsage && { keyUsage }) });
  for (const [keyUsage, status] of [
    [['keyCertSign'], 'unknown'],
    [['keyCertSign', 'cRLSign'], 'good'],
    [undefined, 'good'],
  ] as const) {
    const issuer = await make(keyUsage);
    const outcome = ask([mintCrl(issuer)], { subject: await issuer.issue(), issuer });
    assert.equal(outcome.status, status);
    if (outcome.status !== 'unknown') continue;
    expectUnknown(outcome, 'crl_signature_invalid', /does not allow it to sign CRLs/);
  }
});

test('works with RSA keys', async () => {
  const issuer = await selfSigned({ subject: 'CN=RSA', ca: true, keyType: 'rsa' });
  const subject = await issuer.issue();
  assert.equal(ask([mintCrl(issuer)], { subject, issuer }).status, 'good');
  const entries = [{ serialNumber: serialOf(subject.certificate) }];
  assert.equal(ask([mintCrl(issuer, { entries })], { subject, issuer }).status, 'revoked');
});

test('of several lists the newest counts alone', () => {
  const old = list({ thisUpdate: now - 2 * HOUR_MS, number: 1, entries: [listed] });
  const fresh = list({ thisUpdate: now - HOUR_MS, number: 2 });
  for (const lists of [
    [old, fresh],
    [fresh, old],
  ]) {
    assert.equal(ask(lists).status, 'good');
  }
  const same = { thisUpdate: now - HOUR_MS };
  const byNumber = [
    list({ ...same, number: 9, entries: [listed] }),
    list({ ...same, number: 0x10 }),
  ];
  assert.equal(ask(byNumber).status, 'good');
  assert.equal(ask(byNumber.toReversed()).status, 'good');
});

test('a list of tomorrow takes over when its time has come', () => {
  const start = seconds(now) + HOUR_MS;
  const lists = [list(), list({ thisUpdate: start, number: 2, entries: [listed] })];
  assert.deepEqual(ask(lists), { status: 'good', validUntil: start - 1 });
  assert.equal(ask(lists, { at: start }).status, 'revoked');
});

test('lists for users or for CAs speak of these alone', async () => {
  const intermediate = await authority.issue({ subject: 'CN=Intermediate', ca: true });
  const serials = [leaf, intermediate].map(({ certificate }) => ({
    serialNumber: serialOf(certificate),
  }));
  const only = (tag: number): Uint8Array =>
    list({ entries: serials, extensions: [crlNumber(1), issuingDistributionPoint(flag(tag))] });
  const foreign = /speak of other certificates/;
  assert.equal(ask([only(1)]).status, 'revoked');
  expectUnknown(ask([only(1)], { subject: intermediate }), 'crl_absent', foreign);
  assert.equal(ask([only(2)], { subject: intermediate }).status, 'revoked');
  expectUnknown(ask([only(2)]), 'crl_absent', foreign);
  expectUnknown(ask([only(5)]), 'crl_absent', foreign);
  assert.equal(ask([only(5), list()]).status, 'good');
});

/** A certificate that names distribution points. @param points DER of DistributionPoint. */
const withPoints = (...points: readonly Uint8Array[]): Promise<Issued> => {
  const value = writeDer(0x30, ...points);
  return authority.issue({ extensions: [{ type: '2.5.29.31', critical: false, value }] });
};

test('a list of a distribution point speaks of the certificates that name the point', async () => {
  const here = await withPoints(writeDer(0x30, pointName('http://crl.example/1')));
  const there = await withPoints(writeDer(0x30, pointName('http://crl.example/2')));
  const scope = issuingDistributionPoint(pointName('http://crl.example/1'));
  const entries = [here, there].map(({ certificate }) => ({ serialNumber: serialOf(certificate) }));
  const lists = [list({ entries, extensions: [crlNumber(1), scope] })];
  assert.equal(ask(lists, { subject: here }).status, 'revoked');
  expectUnknown(ask(lists, { subject: there }), 'crl_absent', /other certificates/);
  expectUnknown(ask(lists), 'crl_absent', /other certificates/);
  assert.equal(ask([...lists, list()], { subject: there }).status, 'good');
});

test('a distribution point that another CA lists is not covered by the issuer', async () => {
  const other = writeDer(0xa2, writeDer(0xa4, writeDer(0x30)));
  const subject = await withPoints(writeDer(0x30, pointName('http://crl.example/1'), other));
  const scope = issuingDistributionPoint(pointName('http://crl.example/1'));
  const lists = [list({ extensions: [crlNumber(1), scope] })];
  expectUnknown(ask(lists, { subject }), 'crl_absent', /other certificates/);
});

test('lists for some reasons are good together when they leave none out', () => {
  // Bits: 1 and 2 (compromises) here, 3 to 8 there.
  const compromises = writeDer(0x83, Uint8Array.of(5, 0x60));
  const others = writeDer(0x83, Uint8Array.of(7, 0x1f, 0x80));
  const part = (reasons: Uint8Array, options: ListOptions = {}): Uint8Array =>
    list({ ...options, extensions: [crlNumber(1), issuingDistributionPoint(reasons)] });
  expectUnknown(ask([part(compromises)]), 'crl_absent', /don't cover every reason/);
  expectUnknown(ask([part(others)]), 'crl_absent', /don't cover every reason/);
  assert.equal(ask([part(compromises), part(others)]).status, 'good');
  assert.equal(ask([part(others, { entries: [listed] })]).status, 'revoked');
  const stale = { thisUpdate: now - DAY_MS, nextUpdate: now - HOUR_MS };
  expectUnknown(ask([part(compromises), part(others, stale)]), 'crl_stale', /due/);
});

test('a certificate whose distribution points can not be read is unknown', async () => {
  const subject = await withPoints();
  expectUnknown(ask([list()], { subject }), 'certificate_malformed', /is empty/);
});

test('signatures are checked once for each key', () => {
  const crl = parseCrl(list());
  const crls = createCrlSet([crl]);
  const issuer = anchorOf(parseCertificate(authority.certificate));
  const first = crls.of(issuer);
  assert.deepEqual(first.authentic, [crl]);
  assert.equal(crls.of({ name: issuer.name, publicKey: issuer.publicKey }), first);
});
