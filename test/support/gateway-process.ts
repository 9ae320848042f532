/** The program as processes of their own over one store: started, killed and started again. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { Agent } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { formatPasswordHash } from '../../src/users/password-hash.ts';
import { hashPassword } from '../../src/users/hash-password.ts';
import { postForm } from './https-client.ts';
import type { ClientAnswer } from './https-client.ts';
import { createAuthority, selfSigned } from './pki.ts';
import type { Issued } from './pki.ts';
import type { OnEnd } from './store-server.ts';

const MAIN = join(import.meta.dirname, '../../src/main.ts');

/** Connections of one client to one process; more requests than that wait for one. */
const CONNECTIONS = 100;

type Form = Readonly<Record<string, string>>;

export interface GatewayProcess {
  /** A POST of the client `app`, over connections with its certificate that are kept. */
  ask(path: string, form: Form): Promise<ClientAnswer>;
  /** Ends it at once, as a crash does. */
  kill(): Promise<void>;
}

export interface Installation {
  /** The certificate of the client `app`. */
  readonly client: Issued;
  /** Resolves when the process serves. What is still there at the end is killed. */
  start(): Promise<GatewayProcess>;
}

/**
 * Writes what the program needs: the embedded service with the user alice, password `right`, and the
 * client `app`, which authenticates with a certificate. `store` is the YAML of the store section.
 */
export async function createInstallation(
  onEnd: OnEnd,
  store: string,
  workers = 1,
): Promise<Installation> {
  const folder = await mkdtemp(join(tmpdir(), 'certbound-processes-'));
  const children = new Set<() => Promise<void>>();
  onEnd(async () => {
    await Promise.all([...children].map((kill) => kill()));
    await rm(folder, { recursive: true, force: true });
  });
  const authority = await createAuthority();
  const server = await authority.issue({
    subject: 'CN=localhost',
    san: { dns: ['localhost'] },
    eku: ['serverAuth'],
  });
  const client = await selfSigned();
  const files = {
    'ca.pem': authority.certificatePem,
    'server.pem': server.certificatePem,
    'server-key.pem': server.privateKeyPem,
    'client.pem': client.certificatePem,
    users: `alice:${formatPasswordHash(await hashPassword('right'))}\n`,
    'config.yaml': configText(store, workers),
  };
  await Promise.all(
    Object.entries(files).map(([name, text]) => writeFile(join(folder, name), text)),
  );

  async function start(): Promise<GatewayProcess> {
    const child = spawn(process.execPath, [MAIN, 'start'], {
      cwd: folder,
      env: { PATH: process.env['PATH'] },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
    const kill = async (): Promise<void> => {
      agent.destroy();
      children.delete(kill);
      if (child.exitCode !== null || child.signalCode !== null) return;
      const gone = once(child, 'exit');
      child.kill('SIGKILL');
      await gone;
    };
    children.add(kill);
    const { promise, resolve, reject } = Promise.withResolvers<number>();
    let said = '';
    const hear = (chunk: Buffer): void => {
      const [, port] = /"port":(\d+),"msg":"listening"/.exec((said += String(chunk))) ?? [];
      if (port !== undefined) resolve(Number(port));
    };
    child.stdout.on('data', hear);
    child.stderr.on('data', hear);
    child.once('error', reject);
    child.once('exit', () => reject(new Error(`the gateway ended: ${said}`)));
    const port = await promise;
    return {
      kill,
      ask: (path, form) =>
        postForm({
          port,
          path,
          ca: authority.certificatePem,
          certificatePem: client.certificatePem,
          privateKeyPem: client.privateKeyPem,
          agent,
          form: { client_id: 'app', ...form },
        }),
    };
  }

  return { client, start };
}

function configText(store: string, workers: number): string {
  return `
listeners:
  - address: 127.0.0.1:0
    certificate: server.pem
    private_key: server-key.pem
    # A hundred handshakes at once take their time where other tests run beside.
    limits: {handshake_timeout: 60s, header_timeout: 60s}
management: {address: '127.0.0.1:0'}
workers: ${workers}
token_service:
  embedded:
    issuer: https://localhost:9443
    users_file: users
    password_grant: true
clients:
  - client_id: app
    token_endpoint_auth_method: self_signed_tls_client_auth
    certificates: [client.pem]
    grant_types: [client_credentials, password, refresh_token]
store: {timeout: 20s, ${store}}
log: {level: info}
`;
}
