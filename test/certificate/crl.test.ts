import assert from 'node:assert/strict';
import { test } from 'node:test';

import { findEntry, parseCrl } from '../../src/certificate/revocation/crl.ts';
import type { Crl } from '../../src/certificate/revocation/crl.ts';
import { writeDer, writeObjectIdentifier } from '../../src/certificate/der/der-writer.ts';
import { formatDistinguishedName } from '../../src/certificate/name/distinguished-name.ts';
import { TrustDataError } from '../../src/errors.ts';
import { createRandom, mutate } from '../support/mutants.ts';
import { createAuthority, HOUR_MS } from '../support/pki.ts';
import {
  crlNumber,
  extension,
  issuingDistributionPoint,
  mintCrl,
  pointName,
  time,
} from '../support/revocation-list.ts';
import type { ListEntry, ListOptions } from '../support/revocation-list.ts';

const authority = await createAuthority({ name: 'Lists' });
const second = 1_000;
const empty = new Uint8Array();
const flag = (tag: number): Uint8Array => writeDer(0x80 | tag, Uint8Array.of(0xff));

const parse = (options: ListOptions): Crl => parseCrl(mintCrl(authority, options));

function refused(options: ListOptions | Uint8Array, reason: string, message: RegExp): void {
  const der = options instanceof Uint8Array ? options : mintCrl(authority, options);
  assert.throws(
    () => parseCrl(der),
    (error) => {
      assert.ok(error instanceof TrustDataError, String(error));
      assert.equal(error.reason, reason, error.message);
      assert.match(error.message, message);
      return true;
    },
  );
}

test('reads the fields of a list', () => {
  const thisUpdate = Date.UTC(2026, 0, 2, 3, 4, 5);
  const nextUpdate = Date.UTC(2051, 0, 2, 3, 4, 5);
  const crl = parse({ thisUpdate, nextUpdate, number: 7 });
  assert.equal(formatDistinguishedName(crl.issuer), 'CN=Lists,O=Test');
  assert.deepEqual([crl.thisUpdate, crl.nextUpdate, crl.number], [thisUpdate, nextUpdate, '07']);
  assert.match(crl.authorityKeyIdentifier ?? '', /^[0-9a-f]{40}$/);
  assert.equal(crl.entries.index.length, 0);
  assert.equal(crl.scope.pointNames, undefined);
});

test('finds every entry by its serial number and no other', () => {
  const entries = Array.from({ length: 1_000 }, (_, index): ListEntry => ({
    serialNumber: (0x100000 + index * 3).toString(16),
    revokedAt: Date.UTC(2020, 0, 1) + index * second,
    ...(index % 2 === 0 ? {} : { reason: 1 }),
  }));
  const crl = parse({ entries });
  assert.equal(crl.entries.index.length, 1_000);
  for (const [index, { serialNumber, revokedAt }] of entries.entries()) {
    assert.deepEqual(findEntry(crl.entries, serialNumber), {
      revocationDate: revokedAt,
      reason: index % 2 === 0 ? 'unspecified' : 'keyCompromise',
      invalidityDate: undefined,
    });
    for (const step of [1, 2]) {
      const stranger = (Number.parseInt(serialNumber, 16) + step).toString(16);
      assert.equal(findEntry(crl.entries, stranger), undefined);
    }
  }
  for (const stranger of ['', '00', '01', '00100000', '10000000']) {
    assert.equal(findEntry(crl.entries, stranger), undefined);
  }
});

test('tells serial numbers apart whose hashes are equal', () => {
  const serials = collidingSerials();
  const [listed, unlisted] = serials;
  const both = parse({ entries: serials.map((serialNumber) => ({ serialNumber })) });
  for (const serialNumber of serials) assert.ok(findEntry(both.entries, serialNumber));
  const one = parse({ entries: [{ serialNumber: listed }, { serialNumber: '01' }] });
  assert.ok(findEntry(one.entries, listed));
  assert.equal(findEntry(one.entries, unlisted), undefined);
});

/** Two serial numbers to which a list with one of them gives the same place in the index. */
function collidingSerials(): readonly [string, string] {
  const seen = new Map<number, string>();
  const entries = Array.from({ length: 60_000 }, (_, index) => ({
    serialNumber: (0x10000000 + index * 7_919).toString(16),
  }));
  const { source, index } = parse({ entries, extensions: [] }).entries;
  for (const key of index) {
    const hash = Math.floor(key / 2 ** 26);
    const start = (key % 2 ** 26) + 4;
    const serial = Buffer.from(source.subarray(start, start + 4)).toString('hex');
    const known = seen.get(hash);
    if (known !== undefined) return [known, serial];
    seen.set(hash, serial);
  }
  return assert.fail('no two serial numbers collide');
}

test('reads reason and invalidity date, and takes the first of two entries', () => {
  const known = Date.UTC(2019, 5, 6, 7, 8, 9);
  const invalidity = writeDer(0x18, Buffer.from('20190606070809Z'));
  const entries = [
    {
      serialNumber: '05',
      reason: 6,
      extensions: [extension({ type: '2.5.29.24', critical: false, value: invalidity })],
    },
    { serialNumber: '05', reason: 1 },
  ];
  const entry = findEntry(parse({ entries }).entries, '05');
  assert.equal(entry?.reason, 'certificateHold');
  assert.equal(entry?.invalidityDate, known);
});

test('reads lists of version 1 and empty lists that are written out', () => {
  const entries = [{ serialNumber: '05' }];
  const first = parse({ entries, extensions: [] });
  assert.equal(first.number, undefined);
  assert.ok(findEntry(first.entries, '05'));
  assert.equal(parse({ fields: { entries: writeDer(0x30) } }).entries.index.length, 0);
});

test('lets serial numbers pass that no certificate may have', () => {
  const entries = ['00', 'ff', `01${'00'.repeat(30)}`].map((serialNumber) => ({ serialNumber }));
  assert.equal(parse({ entries }).entries.index.length, 3);
});

test('reads the scope of a list', () => {
  const reasons = writeDer(0x83, Uint8Array.of(5, 0x60));
  const scope = (...fields: readonly Uint8Array[]): Crl['scope'] =>
    parse({ extensions: [crlNumber(1), issuingDistributionPoint(...fields)] }).scope;
  assert.equal(scope(flag(1)).only, 'user_certificates');
  assert.equal(scope(flag(2)).only, 'ca_certificates');
  assert.equal(scope(flag(5)).only, 'attribute_certificates');
  assert.equal(scope(writeDer(0x81, Uint8Array.of(0))).only, undefined);
  assert.equal(scope(reasons).reasons, 0b110);
  assert.deepEqual(scope(pointName('http://x/')).pointNames, ['8609687474703a2f2f782f']);
  const relative = writeDer(
    0x30,
    writeObjectIdentifier('2.5.4.3'),
    writeDer(0x0c, Buffer.from('Part')),
  );
  const [name = ''] = scope(writeDer(0xa0, writeDer(0xa1, relative))).pointNames ?? [];
  assert.match(name, /^directory .*lists.*part/);
});

test('refuses lists that are only a part: delta and indirect ones', () => {
  const delta = extension({
    type: '2.5.29.27',
    critical: true,
    value: writeDer(0x02, Uint8Array.of(1)),
  });
  refused({ extensions: [crlNumber(2), delta] }, 'crl_unsupported', /a delta CRL/);
  const indirect = issuingDistributionPoint(flag(4));
  refused({ extensions: [crlNumber(2), indirect] }, 'crl_unsupported', /an indirect CRL/);
  const certificateIssuer = extension({ type: '2.5.29.29', critical: true, value: writeDer(0x30) });
  const entries = [{ serialNumber: '05', extensions: [certificateIssuer] }];
  refused({ entries }, 'crl_unsupported', /entry of an indirect CRL/);
});

test('refuses critical extensions that it does not process, of the list and of entries', () => {
  const strange = (critical: boolean): Uint8Array =>
    extension({ type: '1.2.3.4', critical, value: writeDer(0x05) });
  const critical = [crlNumber(1), strange(true)];
  refused({ extensions: critical }, 'crl_unsupported', /critical CRL extension 1\.2\.3\.4/);
  const entries = [
    { serialNumber: '04' },
    { serialNumber: '05', reason: 1 },
    { serialNumber: '06', extensions: [strange(true)] },
  ];
  refused({ entries }, 'crl_unsupported', /critical entry extension 1\.2\.3\.4/);
  parse({ extensions: [crlNumber(1), strange(false)] });
  parse({ entries: [{ serialNumber: '06', extensions: [strange(false)] }] });
});

test('refuses fields that are missing, doubled, of another type or out of place', () => {
  const now = Date.now();
  const dates = writeDer(0x17, Buffer.from('260102030405Z'));
  const refusals: readonly [ListOptions, RegExp][] = [
    [{ fields: { nextUpdate: empty } }, /nextUpdate is not of type/],
    [{ fields: { thisUpdate: empty, nextUpdate: empty } }, /ends within a value/],
    [{ thisUpdate: now, nextUpdate: now - HOUR_MS }, /nextUpdate before thisUpdate/],
    [{ fields: { version: writeDer(0x02, Uint8Array.of(0)) } }, /unknown version/],
    [{ fields: { version: writeDer(0x02, Uint8Array.of(2)) } }, /unknown version/],
    [{ fields: { version: empty } }, /extensions in version 1/],
    [{ fields: { issuer: writeDer(0x31) } }, /issuer is not of type/],
    [{ fields: { extensions: writeDer(0xa1, writeDer(0x30)) } }, /unknown field/],
    [{ fields: { extensions: writeDer(0xa0, writeDer(0x30)) } }, /empty list of extensions/],
    [{ fields: { after: writeDer(0x05) } }, /unknown field/],
    [{ fields: { after: dates } }, /unknown field/],
    [{ extensions: [crlNumber(1), crlNumber(1)] }, /twice/],
    [{ extensions: [crlNumber(0x81)] }, /cRLNumber out of range/],
    [{ extensions: [issuingDistributionPoint(flag(1), flag(2))] }, /contradicts itself/],
    [{ extensions: [issuingDistributionPoint(flag(2), flag(1))] }, /extra fields/],
    [{ extensions: [issuingDistributionPoint(writeDer(0x81, Uint8Array.of(1)))] }, /00 nor FF/],
  ];
  for (const [options, message] of refusals) refused(options, 'crl_malformed', message);
});

test('refuses another algorithm inside than outside', () => {
  const der = Buffer.from(mintCrl(authority));
  // The last arc of the algorithm outside, which comes after the one inside: SHA-256 to SHA-384.
  der[der.lastIndexOf(Buffer.from('2a8648ce3d040302', 'hex')) + 7] = 3;
  refused(der, 'crl_malformed', /algorithms differ inside and outside/);
});

test('refuses entries of another form', () => {
  const date = time(Date.UTC(2026, 0, 1));
  const serial = writeDer(0x02, Uint8Array.of(5));
  const entry = (...fields: readonly Uint8Array[]): ListOptions => ({
    fields: { entries: writeDer(0x30, writeDer(0x30, ...fields)) },
  });
  const dated = (tag: number, text: string): ListOptions =>
    entry(serial, writeDer(tag, Buffer.from(text)));
  const refusals: readonly [ListOptions, RegExp][] = [
    [entry(), /not serial number, date/],
    [entry(serial), /not serial number, date/],
    [entry(date, serial), /not serial number, date/],
    [entry(serial, date, writeDer(0x05)), /not serial number, date/],
    [entry(serial, date, writeDer(0x30)), /empty list of extensions/],
    [entry(serial, date, writeDer(0x30), writeDer(0x05)), /extra fields/],
    [entry(writeDer(0x02), date), /ends within a value/],
    [entry(writeDer(0x02, Uint8Array.of(0, 5)), date), /shortest form/],
    [entry(writeDer(0x02, Uint8Array.of(0xff, 0x80)), date), /shortest form/],
    [entry(writeDer(0x02, Buffer.alloc(5_000, 1)), date), /entry too large/],
    [dated(0x17, '2601020304Z'), /another form/],
    [dated(0x17, '260102030405+0100'), /another form/],
    [dated(0x17, '26010203040 Z'), /another character/],
    [dated(0x17, '260230030405Z'), /does not exist/],
    [dated(0x17, '261302030405Z'), /does not exist/],
    [dated(0x17, '260002030405Z'), /does not exist/],
    [dated(0x17, '260102240405Z'), /does not exist/],
    [dated(0x17, '260102036005Z'), /does not exist/],
    [dated(0x17, '260102030460Z'), /does not exist/],
    [dated(0x18, '20260102030405Z'), /before 2050/],
    [{ entries: [{ serialNumber: '05', reason: 7 }] }, /reason that does not exist/],
    [{ entries: [{ serialNumber: '05', reason: 11 }] }, /reason that does not exist/],
    [
      { entries: [{ serialNumber: '05', reason: 1 }], extensions: [] },
      /entry extensions in version 1/,
    ],
    [{ fields: { entries: Buffer.from('300430800000', 'hex') } }, /indefinite/],
  ];
  for (const [options, message] of refusals) refused(options, 'crl_malformed', message);
  for (const [tag, text] of [
    [0x17, '240229235959Z'],
    [0x17, '500101000000Z'],
    [0x18, '20500101000000Z'],
    [0x18, '24000229000000Z'],
  ] as const) {
    parse(dated(tag, text));
  }
});

test('reads dates as the rest of the program does', () => {
  for (const text of ['500101000000Z', '491231235959Z', '240229000000Z']) {
    const { entries } = parse({
      fields: {
        entries: writeDer(
          0x30,
          writeDer(0x30, writeDer(0x02, Uint8Array.of(5)), writeDer(0x17, Buffer.from(text))),
        ),
      },
    });
    const year = Number(text.slice(0, 2)) < 50 ? 2000 : 1900;
    const date = new Date(findEntry(entries, '05')?.revocationDate ?? 0);
    assert.equal(date.getUTCFullYear(), year + Number(text.slice(0, 2)));
  }
});

test('refuses a list beyond the size that is allowed', () => {
  const der = mintCrl(authority, { entries: [{ serialNumber: '05' }] });
  parseCrl(der, { maxBytes: der.length });
  assert.throws(() => parseCrl(der, { maxBytes: der.length - 1 }), /octets are more than/);
});

test('refuses a list that is cut short at any length, or followed by something', () => {
  const der = mintCrl(authority, { entries: [{ serialNumber: '05', reason: 1 }] });
  for (let length = 0; length < der.length; length += 1) {
    refused(der.subarray(0, length), 'crl_malformed', /CRL: DER offset/);
  }
  refused(Buffer.concat([der, Buffer.from('0500', 'hex')]), 'crl_malformed', /octets follow/);
});

test('can be handed to another thread', () => {
  const crl = parse({ entries: [{ serialNumber: '05', reason: 1 }] });
  const clone = structuredClone(crl);
  assert.deepEqual(findEntry(clone.entries, '05'), findEntry(crl.entries, '05'));
});

test('mutants of a list are read or refused with our error', () => {
  const entries = [
    { serialNumber: '05', reason: 1 },
    { serialNumber: '0100000000000000' },
    { serialNumber: '7fffffff', reason: 4 },
  ];
  const extensions = [crlNumber(1), issuingDistributionPoint(pointName('http://x/'), flag(1))];
  const original = mintCrl(authority, { entries, extensions });
  const random = createRandom(1);
  let accepted = 0;
  for (let round = 0; round < 5_000; round += 1) {
    const mutant = mutate(original, random);
    try {
      const crl = parseCrl(mutant);
      for (const { serialNumber } of entries) findEntry(crl.entries, serialNumber);
      for (const key of crl.entries.index) assert.ok(key % 2 ** 26 < mutant.length);
      accepted += 1;
    } catch (error) {
      const facts = `round ${round}: ${Buffer.from(mutant).toString('hex')}`;
      assert.ok(error instanceof TrustDataError, `${facts}: ${String(error)}`);
    }
  }
  assert.ok(accepted > 50 && accepted < 2_500, `${accepted} accepted`);
});
