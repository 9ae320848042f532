import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';

import { createAuthority } from '../support/pki.ts';

const run = promisify(execFile);
const CHILD = join(import.meta.dirname, 'extra-ca-child.ts');

test('NODE_EXTRA_CA_CERTS and the roots of the system vouch for no client', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'certbound-'));
  t.after(() => rm(folder, { recursive: true }));
  const extra = await createAuthority({ name: 'Extra CA' });
  const leaf = await extra.issue({ eku: ['clientAuth'] });
  const file = join(folder, 'extra.pem');
  await writeFile(file, extra.certificatePem);
  for (const roots of [
    { NODE_EXTRA_CA_CERTS: file },
    { NODE_OPTIONS: '--use-openssl-ca', SSL_CERT_FILE: file },
  ]) {
    const { stdout } = await run(process.execPath, [CHILD], {
      env: {
        PATH: process.env['PATH'],
        CERT: leaf.certificatePem,
        KEY: leaf.privateKeyPem,
        ...roots,
      },
    });
    assert.equal(stdout.trim(), 'trusted untrusted');
  }
});
