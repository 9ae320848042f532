import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

import { formatDistinguishedName } from '../../src/certificate/name/distinguished-name.ts';
import { parseCertificate } from '../../src/certificate/parse.ts';
import { readCertificates } from '../../src/certificate/pem.ts';
import { allNotations, thumbprintOf } from '../../src/certificate/thumbprint.ts';

const fixture = (name: string): Uint8Array => {
  const [der = new Uint8Array()] = readCertificates(
    readFileSync(join(import.meta.dirname, 'fixtures', name), 'utf8'),
  );
  return der;
};

test('gives the x5t#S256 that WSO2 Identity Server printed for its sample certificate', () => {
  assert.deepEqual(allNotations(fixture('wso2-sample.pem')), {
    rfc: 'mt3KDY1hofQurloTbphKHCSrTlAGl5MlgXX6Xxj9c_E',
    hex: '9addca0d8d61a1f42eae5a136e984a1c24ab4e50069793258175fa5f18fd73f1',
    colonHex:
      '9A:DD:CA:0D:8D:61:A1:F4:2E:AE:5A:13:6E:98:4A:1C:24:AB:4E:50:06:97:93:25:81:75:FA:5F:18:FD:73:F1',
    sha1X5t: 'Grd5NmANrR1d6ZEcZLsr9NfMkZ0',
    wso2Hexified:
      'OWFkZGNhMGQ4ZDYxYTFmNDJlYWU1YTEzNmU5ODRhMWMyNGFiNGU1MDA2OTc5MzI1ODE3NWZhNWYxOGZkNzNmMQ',
  });
});

test('gives the x5t#S256 of RFC 8705 appendix A and RFC 9440 appendix A', () => {
  const rfc8705 = fixture('rfc8705-appendix-a.pem');
  assert.equal(thumbprintOf(rfc8705), 'A4DtL2JmUMhAsvJj5tKyn64SqzmuXbMrJa0n761y5v0');
  const rfc9440 = fixture('rfc9440-appendix-a.pem');
  assert.equal(thumbprintOf(rfc9440), 'v68ffgcPn6jdYpBfFY2nP4ShE2Yk-6_Mk5PI9yh6aes');
});

test('reads the certificates that these documents print', () => {
  const facts = (name: string): readonly unknown[] => {
    const { subject, serialNumber, isSelfIssued } = parseCertificate(fixture(name));
    return [formatDistinguishedName(subject), serialNumber, isSelfIssued];
  };
  assert.deepEqual(facts('wso2-sample.pem'), [
    'emailAddress=gangani@wso2.com,CN=Gaga,OU=IAM,O=WSO2,L=Colombo,ST=Western,C=SL',
    '2505bc8b062c01bca373fa07b62f033cb247e597',
    true,
  ]);
  assert.deepEqual(facts('rfc8705-appendix-a.pem'), ['CN=mtls', '02', true]);
  assert.deepEqual(facts('rfc9440-appendix-a.pem'), ['CN=BC', '07', false]);
});
