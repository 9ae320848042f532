import assert from 'node:assert/strict';
import { readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';

import { selfSigned } from '../support/pki.ts';
import { DEMO_CONFIG, folderWith, runCertbound } from './run-certbound.ts';

test('makes the demo files once and keeps them', async (t) => {
  const folder = await folderWith(t, { 'config.yaml': DEMO_CONFIG });
  const first = await runCertbound(['certs'], { folder });
  assert.equal(first.code, 0);
  assert.match(first.stdout, /^made in pki: ca\.pem, .*client\.pem.*\n$/);
  const files = await readdir(join(folder, 'pki'));
  const before = await readFile(join(folder, 'pki', 'client.pem'), 'utf8');

  const second = await runCertbound(['certs', '--renew'], { folder });
  assert.deepEqual(second, {
    code: 0,
    stdout: 'nothing to do: all demo files are there\n',
    stderr: '',
  });
  assert.deepEqual(await readdir(join(folder, 'pki')), files);
  assert.equal(await readFile(join(folder, 'pki', 'client.pem'), 'utf8'), before);
  assert.equal((await runCertbound(['check'], { folder })).code, 0);
});

test('names an expired demo file with the command that renews it, which it then does', async (t) => {
  const folder = await folderWith(t, { 'other.yaml': DEMO_CONFIG });
  const config = ['--config', 'other.yaml'];
  await runCertbound(['certs', ...config], { folder });
  const expired = await selfSigned({
    subject: 'CN=client,O=certbound demo',
    ca: true,
    notBefore: Date.UTC(2020, 0, 1),
    notAfter: Date.UTC(2021, 0, 1),
  });
  await writeFile(join(folder, 'pki', 'client.pem'), expired.certificatePem);
  await writeFile(join(folder, 'pki', 'client-key.pem'), expired.privateKeyPem);

  const named = await runCertbound(['certs', ...config], { folder });
  assert.equal(
    named.stderr,
    'pki/client.pem expired on 2021-01-01T00:00:00.000Z; ' +
      'renew it with: npx certbound certs --renew --config other.yaml\n',
  );
  const renewed = await runCertbound(['certs', '--renew', ...config], { folder });
  assert.deepEqual(renewed, { code: 0, stdout: 'renewed in pki: client.pem\n', stderr: '' });
});

test('refuses a configuration without a demo section', async (t) => {
  const text = DEMO_CONFIG.replace('demo: {certificates: pki}\n', '');
  const folder = await folderWith(t, { 'config.yaml': text });
  const { code, stderr } = await runCertbound(['certs'], { folder });
  assert.equal(code, 78);
  assert.match(stderr, /^config\.yaml has no demo section/);
});
