/** Token requests by curl, with its own TLS and its own reading of the files. */

import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

import type { Issued } from '../support/pki.ts';
import type { GatewayFixture } from '../support/running-gateway.ts';
import { isMissing } from '../support/workshop.ts';
import type { Workshop } from '../support/workshop.ts';

const run = promisify(execFile);

/** Why tests with curl are skipped; false where it is installed. */
export const withoutCurl = isMissing('curl', '--version');

export interface CurlRequest {
  readonly clientId: string;
  readonly identity: Pick<Issued, 'certificatePem' | 'privateKeyPem'>;
  /** Holds the files that curl is given. */
  readonly workshop: Workshop;
}

/** The answer to the token request of the README. */
export async function tokenByCurl(
  { port, ca }: GatewayFixture,
  { clientId, identity, workshop }: CurlRequest,
): Promise<Readonly<Record<string, unknown>>> {
  const { folder, write } = workshop;
  write('ca.pem', ca);
  write('cert.pem', identity.certificatePem);
  write('key.pem', identity.privateKeyPem);
  const trust = ['--silent', '--show-error', '--cacert', join(folder, 'ca.pem')];
  const proof = ['--cert', join(folder, 'cert.pem'), '--key', join(folder, 'key.pem')];
  const form = ['--data', `grant_type=client_credentials&client_id=${clientId}`];
  const url = `https://localhost:${port}/oauth2/token`;
  const { stdout } = await run('curl', [...trust, ...proof, url, ...form]);
  return JSON.parse(stdout) as Readonly<Record<string, unknown>>;
}
