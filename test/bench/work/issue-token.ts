/** A bound token for the client of the benchmark. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { httpsRequest } from '../../support/https-client.ts';
import type { Kit } from '../bench.ts';
import { FILES } from '../material.ts';

/** @throws Error when none is issued. */
export async function issueToken(
  { material }: Kit,
  port: number,
  path = '/oauth2/token',
): Promise<string> {
  const file = (name: string): string => readFileSync(join(material.folder, name), 'utf8');
  const answer = await httpsRequest({
    port,
    path,
    method: 'POST',
    ca: file(FILES.ca),
    certificatePem: file(FILES.client),
    privateKeyPem: file(FILES.clientKey),
    headers: [['content-type', 'application/x-www-form-urlencoded']],
    body: 'grant_type=client_credentials&client_id=bench',
  });
  const { access_token: token } = answer.json();
  if (typeof token !== 'string') throw new Error(`no token: ${answer.status}`);
  return token;
}
