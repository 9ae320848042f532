/** A folder with certificates and a configuration that passes the check, for tests to spoil. */

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';

import { checkConfig } from '../../src/config/check.ts';
import type { Material } from '../../src/config/check.ts';
import { parseConfig } from '../../src/config/load.ts';
import { ConfigError } from '../../src/errors.ts';
import { createAuthority, selfSigned } from '../support/pki.ts';
import type { Issued } from '../support/pki.ts';

export interface ConfigurationFolder {
  readonly path: string;
  readonly authority: Issued;
  readonly server: Issued;
  readonly client: Issued;
  readonly write: (name: string, content: string | Buffer) => Promise<void>;
  /** Reads and checks a configuration whose file would stand in the folder. */
  readonly check: (text: string) => Promise<Material>;
  /** The messages of a configuration that loads and then fails the check. */
  readonly problemsOf: (text: string) => Promise<string[]>;
}

export const LISTENER = `listeners:
  - address: 127.0.0.1:9443
    certificate: server.pem
    private_key: server-key.pem
    client_ca: [ca.pem]
`;

export const EMBEDDED = 'token_service: {embedded: {issuer: "https://localhost:9443"}}\n';

export const UPSTREAM = 'token_service: {upstream: {url: "https://idp.example"}}\n';

/** Creates the folder; `ca.pem`, `server.pem`, `server-key.pem` and `client.pem` are in it. */
export async function configurationFolder(t: TestContext): Promise<ConfigurationFolder> {
  const path = await mkdtemp(join(tmpdir(), 'certbound-'));
  t.after(() => rm(path, { recursive: true, force: true }));
  const write = (name: string, content: string | Buffer) => writeFile(join(path, name), content);

  const authority = await createAuthority();
  const server = await authority.issue({ subject: 'CN=localhost' });
  const client = await selfSigned({ subject: 'CN=client' });
  await write('ca.pem', authority.certificatePem);
  await write('server.pem', server.certificatePem);
  await write('server-key.pem', server.privateKeyPem);
  await write('client.pem', client.certificatePem);

  const check = (text: string) =>
    checkConfig(parseConfig(text, { file: 'config.yaml', baseDir: path, env: {} }));
  const problemsOf = async (text: string) => {
    const loaded = parseConfig(text, { file: 'config.yaml', baseDir: path, env: {} });
    try {
      await checkConfig(loaded);
    } catch (error) {
      if (error instanceof ConfigError) return error.publicText.split('\n');
      throw error;
    }
    return [];
  };
  return { path, authority, server, client, write, check, problemsOf };
}
