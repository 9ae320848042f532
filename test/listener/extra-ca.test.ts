import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { createAuthority } from '../support/pki.ts';

const run = promisify(execFile);

/** A program that tells the chain error of one connection made with the given certificate. */
const PROGRAM = `
  const { startListener, connect } = await import(process.env.SUPPORT);
  const { CERT: cert, KEY: key, CLIENT_CA: ca } = process.env;
  const after = [];
  const t = { after: (action) => after.push(action) };
  const running = await startListener(t, { clientCaPems: ca === '' ? [] : [ca] });
  await connect(t, running, { cert, key });
  await running.handshakesEnded(1);
  console.log(String(running.secured[0].chainError));
  for (const action of after.reverse()) await action();
`;

test('NODE_EXTRA_CA_CERTS and the roots of the system vouch for no client', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'certbound-'));
  t.after(() => rm(folder, { recursive: true }));
  const extra = await createAuthority({ name: 'Extra CA' });
  const other = await createAuthority({ name: 'Other CA' });
  const leaf = await extra.issue({ eku: ['clientAuth'] });
  const file = join(folder, 'extra.pem');
  await writeFile(file, extra.certificatePem);

  const chainError = async (clientCa: string, env: Record<string, string>): Promise<string> => {
    const { stdout } = await run(
      process.execPath,
      ['--no-warnings', '--input-type=module', '--eval', PROGRAM],
      {
        env: {
          PATH: process.env['PATH'],
          SUPPORT: join(import.meta.dirname, 'running-listener.ts'),
          CERT: leaf.certificatePem,
          KEY: leaf.privateKeyPem,
          CLIENT_CA: clientCa,
          ...env,
        },
      },
    );
    return stdout.trim();
  };

  const extraRoots = { NODE_EXTRA_CA_CERTS: file };
  const systemRoots = { NODE_OPTIONS: '--use-openssl-ca', SSL_CERT_FILE: file };
  assert.equal(await chainError(extra.certificatePem, {}), 'undefined');
  for (const env of [extraRoots, systemRoots]) {
    assert.equal(await chainError('', env), 'UNABLE_TO_VERIFY_LEAF_SIGNATURE');
    assert.equal(await chainError(other.certificatePem, env), 'UNABLE_TO_VERIFY_LEAF_SIGNATURE');
  }
});
