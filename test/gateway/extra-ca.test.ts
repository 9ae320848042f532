import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';

import { httpsRequest } from '../support/https-client.ts';
import { createAuthority } from '../support/pki.ts';
import { startRecordingUpstream } from '../support/recording-upstream.ts';
import { startGateway } from '../support/running-gateway.ts';

const run = promisify(execFile);
const CHILD = join(import.meta.dirname, 'extra-ca-child.ts');

test('T17: NODE_EXTRA_CA_CERTS and the roots of the system vouch for no client', async (t) => {
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

test('T17: an empty client_ca vouches for nobody', async (t) => {
  const upstream = await startRecordingUpstream();
  t.after(() => upstream.close());
  const gateway = await startGateway({
    clientCa: '',
    yaml: `
token_service:
  upstream:
    url: ${upstream.url}
    kind: native
    certificate_headers: [{preset: keycloak-nginx}]
routes: [{path: /trusted/*, client_certificate: require_trusted}]`,
  });
  t.after(() => gateway.close());
  const { port, ca, pkiClient } = gateway;
  const trusted = await httpsRequest({ port, ca, path: '/trusted/a', ...pkiClient });
  assert.equal(trusted.status, 403, trusted.text);
  assert.equal(upstream.requests.length, 0);

  assert.equal((await httpsRequest({ port, ca, path: '/', ...pkiClient })).status, 200);
  const sent = upstream.requests.at(-1)?.headers ?? {};
  assert.equal(sent['ssl-client-verify'], 'FAILED:certificate_issuer_unknown');
  assert.equal(sent['ssl-client-cert'], undefined);
});
