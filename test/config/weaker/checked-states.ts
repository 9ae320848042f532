/** Configurations with one thing changed, read and checked with their files. */

import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';

import { checkConfig } from '../../../src/config/check.ts';
import { parseConfig } from '../../../src/config/load.ts';
import type { ConfigState } from '../../../src/config/restart-keys.ts';
import { createAuthority, selfSigned } from '../../support/pki.ts';

export interface CheckedStates {
  readState(parts: Parts): Promise<ConfigState>;
}

/** YAML put into the sections of one configuration. */
export interface Parts {
  readonly anchors?: string;
  readonly listener?: string;
  /** How the client authenticates, and what belongs to it. */
  readonly method?: string;
  readonly client?: string;
  readonly embedded?: string;
  readonly upstream?: string;
  readonly rest?: string;
}

const PASSWORD_HASH =
  '$argon2id$v=19$m=19456,t=2,p=1$8hxxkMBeq91ruiJ1poyjfA$tG5pBWUF2QJQ48yCALHH3IZKLqmblv1NZ8PFSi7xv1s';

export async function createCheckedStates(t: TestContext): Promise<CheckedStates> {
  const folder = await mkdtemp(join(tmpdir(), 'certbound-weaker-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const authority = await createAuthority();
  const other = await createAuthority({ name: 'Other CA' });
  const server = await authority.issue({
    subject: 'CN=localhost',
    san: { dns: ['localhost'] },
    eku: ['serverAuth'],
  });
  const files = {
    'ca.pem': authority.certificatePem,
    'both.pem': authority.certificatePem + other.certificatePem,
    'server.pem': server.certificatePem,
    'server-key.pem': server.privateKeyPem,
    'client.pem': (await selfSigned()).certificatePem,
    users: `alice:${PASSWORD_HASH}\n`,
    'one.token': 'a-token-of-thirty-two-characters-or-more',
    'other.token': 'another-token-of-thirty-two-characters',
  };
  await mkdir(join(folder, 'lists'));
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
  return {
    readState: async (parts) => {
      const loaded = parseConfig(textOf(parts), {
        file: 'config.yaml',
        baseDir: folder,
        env: {},
      });
      return { config: loaded.config, material: await checkConfig(loaded) };
    },
  };
}

function textOf({
  anchors = 'ca.pem',
  listener = '',
  method = 'tls_client_auth, tls_client_auth_subject_dn: CN=a',
  client = '',
  embedded = '',
  upstream,
  rest = '',
}: Parts): string {
  const service =
    upstream === undefined
      ? `{embedded: {issuer: 'https://localhost:9443'${embedded}}}`
      : `{upstream: {${upstream.startsWith('url:') ? '' : "url: 'http://127.0.0.1:1'"}${upstream}}}`;
  return `
listeners:
  - {address: '127.0.0.1:1', certificate: server.pem, private_key: server-key.pem, client_ca: [${anchors}]${listener}}
  - {name: other, address: '127.0.0.1:2', certificate: server.pem, private_key: server-key.pem, client_ca: [ca.pem]}
token_service: ${service}
clients:
  - {client_id: a, token_endpoint_auth_method: ${method}${client}}
${rest}`;
}
