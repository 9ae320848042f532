import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { test } from 'node:test';

import { laidOut, mintedFiles } from '../support/deployment.ts';
import { selfSigned } from '../support/pki.ts';

const PROJECT = join(import.meta.dirname, '../..');
const read = (path: string) => readFileSync(join(PROJECT, path), 'utf8');

interface Lock {
  readonly packages: Readonly<
    Record<string, { readonly dev?: boolean; readonly optional?: boolean }>
  >;
}

/** Folders that an installation for use has, of the packages at the top of node_modules. */
function productionPackages(): readonly string[] {
  const { packages } = JSON.parse(read('package-lock.json')) as Lock;
  return Object.entries(packages)
    .filter(([, { dev, optional }]) => dev !== true && optional !== true)
    .map(([path]) => path)
    .filter((path) => /^node_modules\/(@[^/]+\/)?[^/]+$/.test(path));
}

test('what is installed for use is enough to check the configuration of the image', async (t) => {
  const minted = await mintedFiles();
  const machine = await selfSigned({ subject: 'CN=machine' });
  const folder = await laidOut(t, {
    'config.yaml': read('deploy/docker/config.yaml'),
    'certs/server.pem': minted['server.pem'] ?? '',
    'certs/server-key.pem': minted['server-key.pem'] ?? '',
    'certs/machine.pem': machine.certificatePem,
    'certs/resource-server.secret': minted['resource-server'] ?? '',
  });
  const app = join(folder, 'app');
  for (const path of ['package.json', 'src', ...productionPackages()]) {
    mkdirSync(dirname(join(app, path)), { recursive: true });
    cpSync(join(PROJECT, path), join(app, path), { recursive: true });
  }
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [join(app, 'src/main.ts'), 'check', '--config', join(folder, 'config.yaml')],
    { encoding: 'utf8', cwd: folder },
  );
  assert.equal(status, 0, stderr);
  assert.match(stdout, /^client machine {2}self_signed_tls_client_auth$/m);
});
