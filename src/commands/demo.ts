/** `certbound demo`: the container image's way to try it out, without any file from outside. */

import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { access, mkdir } from 'node:fs/promises';
import { hostname } from 'node:os';
import { resolve } from 'node:path';

import { parseConfig } from '../config/load.ts';
import type { ConfigText } from '../config/load.ts';
import { replaceDemoUsers } from '../demo/users.ts';
import { StartError } from '../errors.ts';
import { hashPassword } from '../users/hash-password.ts';
import { formatPasswordHash } from '../users/password-hash.ts';
import { parseArguments } from './command.ts';
import type { Command, Surroundings } from './command.ts';
import { demoConfigText } from './demo-config.ts';
import { demoGuide, shortenPath } from './demo-guide.ts';
import { serve } from './serve.ts';
import type { Guide } from './serve.ts';

export const command: Command = {
  synopsis: 'demo [--data DIR]',
  summary: 'serve a demo on every address, with new secrets at each start',
  help: `  --data DIR  where certificates and tokens are kept; else /data

Meant for the container image: publish its port to 127.0.0.1 only.`,
  run: async (args, around) => {
    const { values } = parseArguments(args, { data: { type: 'string', default: '/data' } });
    const folder = resolve(around.folder, values.data);
    await expectWritable(folder);
    const adminSecret = newSecret();
    const text = demoConfigText({ adminSecret, clientSecret: newSecret() });
    const source: ConfigText = { text, file: 'demo', baseDir: folder, env: {} };
    const loaded = parseConfig(text, source);
    // Before the demo's own is made: its password is known to everybody.
    const user = `admin:${formatPasswordHash(await hashPassword(adminSecret))}\n`;
    await replaceDemoUsers(loaded.config.demo?.certificates ?? folder, user);
    return serve(loaded, around, {
      reload: { load: async () => source, file: undefined },
      guide: guideFor(around),
      remedy: `delete ${loaded.config.demo?.certificates ?? folder} and start again`,
    });
  },
};

function newSecret(): string {
  return randomBytes(24).toString('base64url');
}

async function expectWritable(folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true });
    await access(folder, constants.W_OK);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'error';
    throw new StartError(
      `can't write into ${folder} (${code}): name a folder with --data, or mount a volume with ` +
        'docker run -v certbound-data:/data',
      error,
    );
  }
}

/** In the image the demo's files are out of the reader's reach, so they are copied out first. */
function guideFor({ env, folder }: Surroundings): Guide {
  return (loaded, material, port) => {
    const files = loaded.config.demo?.certificates ?? '';
    if (env['CERTBOUND_IMAGE'] !== '1') {
      return demoGuide(loaded, material, { port, certificates: shortenPath(files, folder) });
    }
    const certificates = 'certbound-demo';
    const fetchFiles = `docker cp ${hostname()}:${files} ${certificates}`;
    return demoGuide(loaded, material, { port, certificates, fetchFiles });
  };
}
