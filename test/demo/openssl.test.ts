import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';

import { ensureDemoPki } from '../../src/demo/pki.ts';

const skip = spawnSync('openssl', ['version']).error !== undefined && 'openssl is not installed';

test('client.pem is what openssl req -x509 makes, key and dates apart', { skip }, async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'certbound-demo-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const openssl = (...args: readonly string[]): string =>
    execFileSync('openssl', args, { cwd: folder, encoding: 'utf8', stdio: 'pipe' });
  /** The certificate in words, without what differs in each run. */
  const describe = (file: string): string =>
    openssl('x509', '-in', file, '-noout', '-text')
      .split('\n')
      .filter((line) => !/^ *([0-9a-f]{2}:)*[0-9a-f]{2}:?$|Not Before|Not After/i.test(line))
      .join('\n');

  await ensureDemoPki(folder);
  const subject = '/O=certbound demo/CN=client';
  const files = ['-keyout', 'openssl-key.pem', '-out', 'openssl.pem'];
  openssl('req', '-newkey', 'rsa:2048', '-x509', '-nodes', '-subj', subject, ...files);
  assert.equal(describe('client.pem'), describe('openssl.pem'));
  assert.match(
    describe('client.pem'),
    /Basic Constraints: critical\n +CA:TRUE\n +Signature Algorithm/,
  );

  const chain = ['-CAfile', 'ca.pem', '-x509_strict'];
  const server = openssl('verify', ...chain, '-purpose', 'sslserver', 'server.pem');
  assert.match(server, /server\.pem: OK/);
  const client = openssl('verify', ...chain, '-purpose', 'sslclient', 'pki-client.pem');
  assert.match(client, /pki-client\.pem: OK/);
});
