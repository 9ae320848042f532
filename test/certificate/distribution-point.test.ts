import assert from 'node:assert/strict';
import { after, test } from 'node:test';

import { readOcspUrls } from '../../src/certificate/revocation/authority-information.ts';
import type { ClientCertificate } from '../../src/certificate/client-certificate.ts';
import { writeDer } from '../../src/certificate/der/der-writer.ts';
import {
  allReasons,
  readDistributionPoints,
} from '../../src/certificate/revocation/distribution-point.ts';
import { parseCertificate } from '../../src/certificate/parse.ts';
import { CertificateError } from '../../src/errors.ts';
import { createRandom, mutate } from '../support/mutants.ts';
import { selfSigned } from '../support/pki.ts';
import { pointName } from '../support/revocation-list.ts';
import { createWorkshop, withoutOpenssl } from '../support/workshop.ts';

const { write, read, openssl } = createWorkshop(after);

test('reads the addresses that openssl writes', { skip: withoutOpenssl }, () => {
  write(
    'request.cnf',
    `[req]
distinguished_name = dn
x509_extensions = ext
prompt = no
[dn]
CN = points
[ext]
authorityInfoAccess = OCSP;URI:http://ocsp.example/1, caIssuers;URI:http://ca.example/, OCSP;URI:http://ocsp.example/2
crlDistributionPoints = first, second, third
[first]
fullname = URI:http://crl.example/1, URI:ldap:///cn=crl
[second]
fullname = URI:http://crl.example/2
reasons = keyCompromise, CACompromise
[third]
fullname = URI:http://crl.example/3
CRLissuer = dirName:other
[other]
CN = another CA
`,
  );
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', 'k'];
  openssl('req', '-x509', '-config', 'request.cnf', ...key, '-outform', 'DER', '-out', 'c.der');
  const certificate = parseCertificate(read('c.der'));
  assert.deepEqual(readOcspUrls(certificate), ['http://ocsp.example/1', 'http://ocsp.example/2']);
  const points = readDistributionPoints(certificate);
  assert.deepEqual(
    points.map(({ urls, reasons, crlIssuer }) => ({
      urls,
      reasons,
      isOther: crlIssuer !== undefined,
    })),
    [
      { urls: ['http://crl.example/1', 'ldap:///cn=crl'], reasons: allReasons, isOther: false },
      { urls: ['http://crl.example/2'], reasons: 0b110, isOther: false },
      { urls: ['http://crl.example/3'], reasons: allReasons, isOther: true },
    ],
  );
});

const withExtension = async (type: string, value: Uint8Array): Promise<ClientCertificate> => {
  const { certificate } = await selfSigned({ extensions: [{ type, critical: false, value }] });
  return parseCertificate(certificate);
};

test('a certificate without these extensions names nobody', async () => {
  const certificate = parseCertificate((await selfSigned()).certificate);
  assert.deepEqual(readDistributionPoints(certificate), []);
  assert.deepEqual(readOcspUrls(certificate), []);
});

test('refuses distribution points of another form', async () => {
  const point = writeDer(0x30, pointName('http://x/'));
  for (const [value, message] of [
    [writeDer(0x30), /is empty/],
    [writeDer(0x30, writeDer(0x30)), /neither name nor issuer/],
    [writeDer(0x30, writeDer(0x30, writeDer(0x81, Uint8Array.of(5, 0x60)))), /neither name/],
    [writeDer(0x30, writeDer(0x30, pointName('http://x/'), writeDer(0x05))), /extra fields/],
    [writeDer(0x30, point, writeDer(0x05)), /not of type sequence/],
    [writeDer(0x30, writeDer(0x30, writeDer(0xa0, writeDer(0xa0)))), /empty list of names/],
    [writeDer(0x30, writeDer(0x30, writeDer(0xa0, writeDer(0xa2)))), /unknown form/],
    [writeDer(0x30, writeDer(0x30, writeDer(0xa0, writeDer(0xa1)))), /empty relative name/],
    [
      writeDer(0x30, writeDer(0x30, pointName('http://x/'), writeDer(0x81, Uint8Array.of(9, 0)))),
      /unused bits/,
    ],
  ] as const) {
    const certificate = await withExtension('2.5.29.31', value);
    assert.throws(() => readDistributionPoints(certificate), {
      name: 'CertificateError',
      reason: 'certificate_malformed',
      message,
    });
  }
});

test('mutants of the extensions are read or refused with our error', async () => {
  const points = writeDer(
    0x30,
    writeDer(0x30, pointName('http://crl.example/'), writeDer(0x81, Uint8Array.of(5, 0x60))),
    writeDer(0x30, pointName('http://x/'), writeDer(0xa2, writeDer(0xa4, writeDer(0x30)))),
  );
  const ocsp = writeDer(
    0x30,
    writeDer(
      0x30,
      Buffer.from('06082b06010505073001', 'hex'),
      writeDer(0x86, Buffer.from('http://x/')),
    ),
  );
  const certificate = await withExtension('2.5.29.31', points);
  const random = createRandom(4);
  for (const [type, original, reader] of [
    ['2.5.29.31', points, readDistributionPoints],
    ['1.3.6.1.5.5.7.1.1', ocsp, readOcspUrls],
  ] as const) {
    for (let round = 0; round < 2_000; round += 1) {
      const value = Buffer.from(mutate(original, random));
      try {
        reader({ ...certificate, extensions: [{ type, critical: false, value }] });
      } catch (error) {
        assert.ok(error instanceof CertificateError, `${value.toString('hex')}: ${String(error)}`);
      }
    }
  }
});
