import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';

import { formatDistinguishedName } from '../../src/certificate/name/distinguished-name.ts';
import { parseCertificate } from '../../src/certificate/parse.ts';
import { allNotations } from '../../src/certificate/thumbprint.ts';
import { createAuthority, HOUR_MS, selfSigned } from '../support/pki.ts';
import type { Issued } from '../support/pki.ts';

const skip = spawnSync('openssl', ['version']).error !== undefined && 'openssl is not installed';
const folder = mkdtempSync(join(tmpdir(), 'certbound-openssl-'));
after(() => rmSync(folder, { recursive: true }));

const openssl = (...args: readonly string[]): string =>
  execFileSync('openssl', args, {
    cwd: folder,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  });

const save = (name: string, ...chain: readonly Issued[]): string => {
  writeFileSync(join(folder, name), chain.map(({ certificatePem }) => certificatePem).join(''));
  return name;
};

test('agrees with openssl on thumbprint, serial number, dates and names', { skip }, async () => {
  const authority = await createAuthority({ name: 'Tests, "quoted" + more' });
  const subjects = [
    'CN=client,O=Test',
    'CN=a,UID=7,OU=Zoë \\, Söhne,O=\\#1 \\<b\\>,C=DE',
    'emailAddress=a@example.com,CN=\\ x\\ ,serialNumber=12\\;3,DC=example,DC=com,UID=u,L=l,ST=t',
    '1.2.3.4=#0c03616263',
  ];
  for (const subject of subjects) {
    const issued = await authority.issue({ subject, notAfter: Date.UTC(2055, 1, 3, 4, 5, 6) });
    const name = save('leaf.pem', issued);
    const print = (...options: readonly string[]): string =>
      openssl('x509', '-in', name, '-noout', ...options).trimEnd();
    const certificate = parseCertificate(issued.certificate);
    const { colonHex } = allNotations(issued.certificate);

    assert.equal(print('-fingerprint', '-sha256').split('=')[1], colonHex);
    assert.equal(print('-serial').split('=')[1]?.toLowerCase(), certificate.serialNumber);
    assert.equal(Date.parse(print('-enddate').slice('notAfter='.length)), certificate.notAfter);
    const nameForm = ['-nameopt', 'RFC2253,-esc_msb,utf8'];
    // openssl writes hex values in capitals.
    const smallHex = (text: string): string => text.replace(/#[0-9A-F]+/g, (h) => h.toLowerCase());
    assert.equal(
      smallHex(print('-subject', ...nameForm)),
      `subject=${formatDistinguishedName(certificate.subject)}`,
    );
    assert.equal(
      print('-issuer', ...nameForm),
      `issuer=${formatDistinguishedName(certificate.issuer)}`,
    );
  }
});

test('reads what openssl makes', { skip }, () => {
  const subject = '/C=DE/O=Test/CN=made by openssl/emailAddress=a@example.com';
  const made = openssl(
    'req',
    '-x509',
    '-newkey',
    'rsa:2048',
    '-nodes',
    '-keyout',
    'k',
    '-subj',
    subject,
    '-outform',
    'PEM',
  );
  writeFileSync(join(folder, 'made.pem'), made);
  openssl('x509', '-in', 'made.pem', '-outform', 'DER', '-out', 'made.der');
  const certificate = parseCertificate(readFileSync(join(folder, 'made.der')));
  assert.equal(
    formatDistinguishedName(certificate.subject),
    'emailAddress=a@example.com,CN=made by openssl,O=Test,C=DE',
  );
  assert.equal(certificate.isSelfIssued, true);
});

test('the certificates of the tests are what openssl takes them for', { skip }, async () => {
  const authority = await createAuthority();
  const intermediate = await authority.issue({
    subject: 'CN=between,O=Test',
    ca: true,
    pathLength: 0,
  });
  const verify = (leaf: Issued, ...untrusted: readonly Issued[]): string => {
    const args = ['-CAfile', save('ca.pem', authority), '-purpose', 'sslclient'];
    if (untrusted.length > 0) args.push('-untrusted', save('untrusted.pem', ...untrusted));
    try {
      return openssl('verify', ...args, save('leaf.pem', leaf)).trimEnd();
    } catch (error) {
      return String((error as { stderr?: unknown }).stderr);
    }
  };
  const now = Date.now();

  assert.match(verify(await authority.issue({ eku: ['clientAuth'] })), /OK$/);
  assert.match(verify(await authority.issue()), /OK$/);
  assert.match(verify(await authority.issue({ keyType: 'rsa' })), /OK$/);
  assert.match(verify(await intermediate.issue(), intermediate), /OK$/);
  assert.match(verify(await intermediate.issue()), /unable to get local issuer/);
  assert.match(verify(await authority.issue({ eku: ['serverAuth'] })), /unsuitable|unsupported/);
  assert.match(verify(await authority.issue({ notAfter: now - HOUR_MS })), /has expired/);
  assert.match(verify(await authority.issue({ notBefore: now + HOUR_MS })), /not yet valid/);
  assert.match(verify(await selfSigned({ ca: true })), /self.signed/);
  const leaf = await authority.issue({ subject: 'CN=leaf,O=Test' });
  assert.match(verify(await leaf.issue(), leaf), /invalid CA certificate/);
});
