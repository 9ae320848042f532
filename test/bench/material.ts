/** The certificates of a run, in a folder of its own. */

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { createAuthority } from '../support/pki.ts';

/** All names of files are beside each other in `folder`. */
export interface Material {
  readonly folder: string;
  readonly remove: () => Promise<void>;
}

export const FILES = {
  ca: 'ca.pem',
  server: 'server.pem',
  serverKey: 'server-key.pem',
  client: 'client.pem',
  clientKey: 'client-key.pem',
  /** Three certificates and their key, RSA of 4096 bits. */
  longChain: 'long-chain.pem',
  longChainKey: 'long-chain-key.pem',
} as const;

/** ECDSA P-256 for server and client, both issued by one CA. */
export async function makeMaterial(): Promise<Material> {
  const folder = await mkdtemp(join(tmpdir(), 'certbound-bench-'));
  const authority = await createAuthority({ name: 'Bench CA' });
  const server = await authority.issue({
    subject: 'CN=localhost',
    san: { dns: ['localhost'], ip: ['127.0.0.1'] },
    eku: ['serverAuth'],
  });
  const client = await authority.issue({ subject: 'CN=bench,O=Test', eku: ['clientAuth'] });
  const upper = await authority.issue({ subject: 'CN=Upper', ca: true, keyType: 'rsa4096' });
  const lower = await upper.issue({ subject: 'CN=Lower', ca: true, keyType: 'rsa4096' });
  const long = await lower.issue({
    subject: 'CN=bench,O=Test',
    eku: ['clientAuth'],
    keyType: 'rsa4096',
  });
  const files: Readonly<Record<string, string>> = {
    [FILES.ca]: authority.certificatePem,
    [FILES.server]: server.certificatePem,
    [FILES.serverKey]: server.privateKeyPem,
    [FILES.client]: client.certificatePem,
    [FILES.clientKey]: client.privateKeyPem,
    [FILES.longChain]: [long, lower, upper].map((each) => each.certificatePem).join(''),
    [FILES.longChainKey]: long.privateKeyPem,
  };
  await Promise.all(
    Object.entries(files).map(([name, text]) => writeFile(join(folder, name), text)),
  );
  return { folder, remove: () => rm(folder, { recursive: true, force: true }) };
}
