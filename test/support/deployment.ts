/** What the deployment files expect of the machine: certificates, secrets, a configuration checked there. */

import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { TestContext } from 'node:test';

import { checkConfig } from '../../src/config/check.ts';
import { parseConfig } from '../../src/config/load.ts';
import type { LoadedConfig } from '../../src/config/load.ts';
import { createAuthority } from './pki.ts';

/** Texts by the names of their files. */
export type Files = Readonly<Record<string, string>>;

/** The files that docs/deploying.md has people make, by the names that it gives them. */
export async function mintedFiles(): Promise<Files> {
  const authority = await createAuthority({ name: 'Example clients' });
  const server = await authority.issue({
    subject: 'CN=localhost',
    san: { dns: ['localhost'] },
    eku: ['serverAuth'],
  });
  return {
    'server.pem': server.certificatePem,
    'server-key.pem': server.privateKeyPem,
    'client-ca.pem': authority.certificatePem,
    'resource-server': `${'1'.repeat(64)}\n`,
    payments: `${'2'.repeat(64)}\n`,
  };
}

/** Writes files, with the folders they stand in, into a folder that is removed after the test. */
export async function laidOut(t: TestContext, files: Files): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'certbound-deploy-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  for (const [name, text] of Object.entries(files)) {
    const path = join(folder, name);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, text);
  }
  return folder;
}

/** Does what `certbound check` does with the config.yaml among the files. Throws ConfigError. */
export async function checkLaidOut(
  t: TestContext,
  files: Files,
  env: Readonly<Record<string, string>> = {},
): Promise<LoadedConfig['config']> {
  const folder = await laidOut(t, files);
  const file = join(folder, 'config.yaml');
  const loaded = parseConfig(files['config.yaml'] ?? '', { file, baseDir: folder, env });
  await checkConfig(loaded);
  return loaded.config;
}

/** The commands of a section's `sh` blocks in docs/deploying.md, each on one line. */
export function commandsOf(document: string, heading: string): readonly string[] {
  const [, rest] = `\n${document}`.split(`\n${heading}\n`);
  const section = rest?.split(/^#+ /m)[0] ?? '';
  return [...section.matchAll(/^```sh\n(.*?)^```$/gms)].flatMap(([, block = '']) =>
    block
      .replaceAll(/\\\n\s*/g, '')
      .trim()
      .split('\n'),
  );
}
