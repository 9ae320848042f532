import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { test } from 'node:test';

import { selfSigned } from '../support/pki.ts';
import { folderWith, runCertbound } from './run-certbound.ts';

test('prints every notation of every certificate of a file', async (t) => {
  const [a, b] = await Promise.all([
    selfSigned({ subject: 'CN=a,O=Test' }),
    selfSigned({ subject: 'CN=b' }),
  ]);
  const folder = await folderWith(t, { 'both.pem': a.certificatePem + b.certificatePem });
  const { code, stdout, stderr } = await runCertbound(['thumbprint', 'both.pem'], { folder });
  assert.equal(stderr, '');
  assert.equal(code, 0);
  const { fingerprint, fingerprint256 } = new X509Certificate(a.certificate);
  const hex = fingerprint256.replaceAll(':', '').toLowerCase();
  const [first, second] = stdout.split('\n\n');
  assert.equal(
    first,
    `subject        CN=a,O=Test
x5t#S256       ${a.thumbprint}
sha256 hex     ${hex}
sha256 colons  ${fingerprint256}
x5t (sha1)     ${Buffer.from(fingerprint.replaceAll(':', ''), 'hex').toString('base64url')}
wso2 hexified  ${Buffer.from(hex).toString('base64url')}`,
  );
  assert.ok(second?.includes(`x5t#S256       ${b.thumbprint}\n`));
});

test('reads standard input where the file is -, PEM and DER alike', async () => {
  const { certificate, certificatePem, thumbprint } = await selfSigned();
  for (const input of [certificatePem, certificate, `0 s:CN = client\n${certificatePem}`]) {
    const { code, stdout } = await runCertbound(['thumbprint', '-'], { input });
    assert.equal(code, 0);
    assert.ok(stdout.includes(thumbprint));
  }
});

test('reads no more of standard input than a file may have', async () => {
  const input = Buffer.alloc(4 * 1_048_576 + 1, '\n');
  const { code, stderr } = await runCertbound(['thumbprint', '-'], { input });
  assert.equal(code, 1);
  assert.equal(stderr, 'certbound: standard input is larger than 4194304 bytes\n');
});

test('names a file that is not there or holds no certificate', async (t) => {
  const folder = await folderWith(t, { 'notes.txt': 'no certificate\n' });
  const [missing, wrong, empty] = await Promise.all([
    runCertbound(['thumbprint', 'x.pem'], { folder }),
    runCertbound(['thumbprint', 'notes.txt'], { folder }),
    runCertbound(['thumbprint', '-'], { folder }),
  ]);
  assert.deepEqual(missing, { code: 1, stdout: '', stderr: 'certbound: no such file x.pem\n' });
  assert.equal(wrong.code, 1);
  assert.match(wrong.stderr, /^certbound: notes\.txt: no certificate/);
  assert.equal(empty.code, 1);
  assert.match(empty.stderr, /^certbound: standard input is empty/);
});
