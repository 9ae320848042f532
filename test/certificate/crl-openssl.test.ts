import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { after, test } from 'node:test';

import { findEntry } from '../../src/certificate/revocation/crl.ts';
import { readCrls } from '../../src/certificate/revocation/crl-file.ts';
import { checkRevocation } from '../../src/certificate/revocation/crl-revocation.ts';
import { createCrlSet } from '../../src/certificate/revocation/crl-set.ts';
import { writeDer } from '../../src/certificate/der/der-writer.ts';
import { formatDistinguishedName } from '../../src/certificate/name/distinguished-name.ts';
import { parseCertificate } from '../../src/certificate/parse.ts';
import { anchorOf } from '../../src/certificate/path/path-anchor.ts';
import { TrustDataError } from '../../src/errors.ts';
import { createAuthority, HOUR_MS, selfSigned } from '../support/pki.ts';
import type { Issued } from '../support/pki.ts';
import {
  crlNumber,
  extension,
  issuingDistributionPoint,
  mintCrl,
  pointName,
  serialOf,
  writeCrlPem,
} from '../support/revocation-list.ts';
import type { ListOptions } from '../support/revocation-list.ts';
import { createWorkshop, withoutOpenssl } from '../support/workshop.ts';

const skip = withoutOpenssl;
const { folder, write, read, openssl } = createWorkshop(after);
const authority = await createAuthority({ name: 'Revoking CA' });
const leaf = await authority.issue({ subject: 'CN=leaf,O=Test' });

const CONFIGURATION = `
[ca]
default_ca = own
[own]
database = index.txt
crlnumber = crlnumber
default_md = sha256
default_crl_days = 1
private_key = ca-key.pem
certificate = ca.pem
new_certs_dir = .
policy = any
unique_subject = no
[any]
commonName = optional
[full]
authorityKeyIdentifier = keyid
[parted]
authorityKeyIdentifier = keyid
issuingDistributionPoint = critical, @point
[point]
fullname = URI:http://crl.example/1
onlyuser = TRUE
onlysomereasons = keyCompromise, CACompromise
`;

test('reads the lists that openssl makes', { skip }, async () => {
  const others = await Promise.all([authority.issue(), authority.issue(), authority.issue()]);
  write('ca.cnf', CONFIGURATION);
  write('ca.pem', authority.certificatePem);
  write('ca-key.pem', authority.privateKeyPem);
  write('index.txt', '');
  write('crlnumber', '1000\n');
  const reasons = ['unspecified', 'keyCompromise', 'certificateHold'] as const;
  for (const [index, reason] of reasons.entries()) {
    const name = write(`revoked-${index}.pem`, others[index]?.certificatePem ?? '');
    openssl('ca', '-config', 'ca.cnf', '-revoke', name, '-crl_reason', reason);
  }
  for (const extensions of [undefined, 'full', 'parted']) {
    const options = extensions === undefined ? [] : ['-crlexts', extensions];
    openssl('ca', '-config', 'ca.cnf', '-gencrl', '-out', 'made.pem', ...options);
    const [crl, ...more] = readCrls(read('made.pem'));
    assert.ok(crl !== undefined && more.length === 0);
    const print = (...what: readonly string[]): string =>
      openssl('crl', '-in', 'made.pem', '-noout', ...what).trim();
    const dateOf = (line: string): number => Date.parse(line.slice(line.indexOf('=') + 1));
    assert.equal(crl.thisUpdate, dateOf(print('-lastupdate')));
    assert.equal(crl.nextUpdate, dateOf(print('-nextupdate')));
    assert.equal(
      `issuer=${formatDistinguishedName(crl.issuer)}`,
      print('-issuer', '-nameopt', 'RFC2253'),
    );
    assert.equal(crl.entries.index.length, 3);
    for (const [index, reason] of reasons.entries()) {
      const serial = serialOf(others[index]?.certificate ?? new Uint8Array());
      assert.equal(findEntry(crl.entries, serial)?.reason, reason);
    }
    const isParted = extensions === 'parted';
    assert.equal(crl.scope.only, isParted ? 'user_certificates' : undefined);
    assert.equal(crl.scope.reasons, isParted ? 0b110 : 0b1_1111_1110);
    const { authentic } = createCrlSet([crl]).of(anchorOf(parseCertificate(authority.certificate)));
    assert.equal(authentic.length, 1);
  }
});

interface Situation {
  readonly lists: readonly Uint8Array[];
  readonly subject?: Issued;
  readonly issuer?: Issued;
  /** What openssl says where it differs from us, which each entry gives a reason for. */
  readonly openssl?: 'good' | 'revoked' | 'unknown';
}

function ownStatus({ lists, subject = leaf, issuer = authority }: Situation): string {
  try {
    return checkRevocation({
      certificate: parseCertificate(subject.certificate),
      issuer: anchorOf(parseCertificate(issuer.certificate)),
      crls: createCrlSet(readCrls(Buffer.from(lists.map(writeCrlPem).join('')))),
      at: Date.now(),
    }).status;
  } catch (error) {
    // A file of which one list can't be used is refused whole.
    assert.ok(error instanceof TrustDataError);
    return 'unknown';
  }
}

function opensslStatus({ lists, subject = leaf, issuer = authority }: Situation): string {
  write('leaf.pem', subject.certificatePem);
  write('issuer.pem', issuer.certificatePem);
  write('lists.pem', lists.map(writeCrlPem).join(''));
  const check = ['-crl_check', '-extended_crl', '-CAfile', 'issuer.pem'];
  const args = ['verify', ...check, '-CRLfile', 'lists.pem', 'leaf.pem'];
  const { status, stderr } = spawnSync('openssl', args, { cwd: folder, encoding: 'utf8' });
  if (status === 0) return 'good';
  return stderr.includes('certificate revoked') ? 'revoked' : 'unknown';
}

test(
  'decides as openssl does about lists of every scope, date and signature',
  { skip },
  async () => {
    const now = Date.now();
    const flag = (tag: number): Uint8Array => writeDer(0x80 | tag, Uint8Array.of(0xff));
    const reasons = (...octets: readonly number[]): Uint8Array =>
      writeDer(0x83, Uint8Array.of(...octets));
    const entries = [{ serialNumber: serialOf(leaf.certificate), reason: 1 }];
    const list = (options: ListOptions = {}): Uint8Array => mintCrl(authority, options);
    const scoped = (fields: readonly Uint8Array[], options: ListOptions = {}): Uint8Array =>
      list({ ...options, extensions: [crlNumber(1), issuingDistributionPoint(...fields)] });
    const url = 'http://crl.example/1';
    const pointed = (...fields: readonly Uint8Array[]): Promise<Issued> =>
      authority.issue({
        extensions: [
          { type: '2.5.29.31', critical: false, value: writeDer(0x30, writeDer(0x30, ...fields)) },
        ],
      });
    const here = await pointed(pointName(url));
    const elsewhere = await pointed(pointName('http://crl.example/2'));
    const forSome = await pointed(pointName(url), writeDer(0x81, Uint8Array.of(5, 0x60)));
    const impostor = await createAuthority({ name: 'Revoking CA' });
    const stranger = await createAuthority({ name: 'Other CA' });
    const weakIssuer = await selfSigned({
      subject: 'CN=weak',
      ca: true,
      keyUsage: ['keyCertSign'],
    });
    const strange = extension({ type: '1.2.3.4', critical: true, value: writeDer(0x05) });
    const stale = { thisUpdate: now - 48 * HOUR_MS, nextUpdate: now - 24 * HOUR_MS };
    const future = { thisUpdate: now + HOUR_MS, nextUpdate: now + 24 * HOUR_MS };
    const hereEntries = [{ serialNumber: serialOf(here.certificate) }];

    const situations: Readonly<Record<string, Situation>> = {
      'a list without the certificate': { lists: [list()] },
      'a list with the certificate': { lists: [list({ entries })] },
      'a list of version 1': { lists: [list({ extensions: [] })] },
      'a list of version 1 with the certificate': {
        lists: [list({ extensions: [], entries: [{ serialNumber: serialOf(leaf.certificate) }] })],
      },
      'no list': { lists: [mintCrl(stranger)] },
      'a stale list': { lists: [list(stale)] },
      'a stale list with the certificate': { lists: [list({ ...stale, entries })] },
      'a list of tomorrow': { lists: [list(future)] },
      'an old and a new list': { lists: [list({ ...stale, entries }), list()] },
      'a stale list and one of today with the certificate': {
        lists: [list(stale), list({ entries })],
      },
      'a forged list': { lists: [mintCrl(impostor)] },
      'a list for users': { lists: [scoped([flag(1)])] },
      'a list for users with the certificate': { lists: [scoped([flag(1)], { entries })] },
      'a list for CAs': { lists: [scoped([flag(2)])] },
      'a list for attribute certificates': { lists: [scoped([flag(5)])] },
      'a list of another point': { lists: [scoped([pointName(url)])] },
      'a list of the point': { lists: [scoped([pointName(url)])], subject: here },
      'a list of the point with the certificate': {
        lists: [scoped([pointName(url)], { entries: hereEntries })],
        subject: here,
      },
      'a list of the point beside': { lists: [scoped([pointName(url)])], subject: elsewhere },
      'a list of everything for a certificate with a point': { lists: [list()], subject: here },
      'a list for some reasons': { lists: [scoped([reasons(5, 0x60)])] },
      'a list for some reasons with the certificate': {
        lists: [scoped([reasons(5, 0x60)], { entries })],
      },
      'lists for all reasons together': {
        lists: [scoped([reasons(5, 0x60)]), scoped([reasons(7, 0x1f, 0x80)])],
      },
      'a list of everything for a point of some reasons': {
        lists: [list()],
        subject: forSome,
        // It limits every list to the reasons of the point; RFC 5280 section 6.3.3 has lists at hand
        // speak for the rest.
        openssl: 'unknown',
      },
      'a list of the point for a point of some reasons': {
        lists: [scoped([pointName(url)])],
        subject: forSome,
      },
      'an indirect list': {
        lists: [scoped([flag(4)])],
        // It reads lists that speak for several CAs; we leave them to who needs them.
        openssl: 'good',
      },
      'a list with an unknown critical extension': {
        lists: [list({ extensions: [crlNumber(1), strange] })],
      },
      'an entry with an unknown critical extension': {
        lists: [list({ entries: [{ serialNumber: '05', extensions: [strange] }] })],
      },
      'an entry that is removed': {
        lists: [list({ entries: [{ serialNumber: serialOf(leaf.certificate), reason: 8 }] })],
        // It takes "removed" for not revoked; the reason belongs into delta lists alone.
        openssl: 'good',
      },
      'an issuer that may not sign lists': {
        lists: [mintCrl(weakIssuer)],
        subject: await weakIssuer.issue(),
        issuer: weakIssuer,
      },
    };
    const differences: string[] = [];
    for (const [name, situation] of Object.entries(situations)) {
      const own = ownStatus(situation);
      const expected = situation.openssl ?? own;
      const seen = opensslStatus(situation);
      if (seen !== expected) differences.push(`${name}: we say ${own}, openssl ${seen}`);
    }
    assert.deepEqual(differences, []);
  },
);
