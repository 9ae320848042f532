/** Ours, as users run it: HTTP/2 enabled, logging and metrics on, its records in SQLite. */

import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

import type { Kit } from '../bench.ts';
import { FILES } from '../material.ts';
import { MEASURED_CORE, freePort, startProgram } from '../program.ts';
import type { Gateway } from './gateway.ts';

const MAIN = fileURLToPath(new URL('../../../src/main.ts', import.meta.url));

const BENCH_CLIENT = `
  - client_id: bench
    token_endpoint_auth_method: tls_client_auth
    tls_client_auth_subject_dn: CN=bench,O=Test`;

/** In front of a server that knows nothing of certificates. */
export function startCertbound(kit: Kit, upstreamPort: number): Promise<Gateway> {
  return start(kit, {
    name: 'certbound',
    yaml: `
token_service:
  upstream:
    url: http://127.0.0.1:${upstreamPort}
    certificate_headers: [{preset: keycloak-nginx, name: x-client-cert}]
clients:${BENCH_CLIENT}
    upstream: {auth_method: client_secret_basic, client_secret: bench-secret-of-the-gateway}
`,
  });
}

/** With its own token service. */
export function startEmbedded(kit: Kit): Promise<Gateway> {
  return start(kit, {
    name: 'certbound, embedded',
    yaml: `
token_service:
  embedded: {issuer: 'https://localhost:9443'}
clients:${BENCH_CLIENT}
`,
  });
}

export interface Certbound {
  readonly name: string;
  /** Keys beside the listener, the store and the log. */
  readonly yaml: string;
  /** Keys of the listener. */
  readonly listener?: string;
}

export async function start(kit: Kit, options: Certbound): Promise<Gateway> {
  const { name, yaml, listener = '' } = options;
  const folder = join(kit.material.folder, `certbound-${name.replaceAll(/[^a-z]+/g, '-')}`);
  // What is written all the time lies apart: the folder of the configuration is watched.
  await mkdir(join(folder, 'data'), { recursive: true });
  const [port, managementPort] = [await freePort(), await freePort()];
  const config = `
listeners:
  - address: 127.0.0.1:${port}
    certificate: ../${FILES.server}
    private_key: ../${FILES.serverKey}
    client_certificate: want
    client_ca: [../${FILES.ca}]
${listener}
management: {address: '127.0.0.1:${managementPort}'}
store: {engine: sqlite, path: data/store.sqlite}
log: {level: info}
${yaml}`;
  await writeFile(join(folder, 'config.yaml'), config);
  const program = await startProgram([process.execPath, MAIN, 'start', '--config', 'config.yaml'], {
    core: MEASURED_CORE,
    folder,
    port,
    output: 'data/log',
  });
  kit.onDone(program.stop);
  return { name, port, program };
}
