/** The program with several workers, as a process of its own. */

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';

import { freePort } from '../support/free-port.ts';
import { postForm } from '../support/https-client.ts';
import type { ClientAnswer } from '../support/https-client.ts';
import { createAuthority, selfSigned } from '../support/pki.ts';
import type { Issued } from '../support/pki.ts';
import { MANAGEMENT_TOKEN } from '../support/running-gateway.ts';

const MAIN = join(import.meta.dirname, '../../src/main.ts');
/** Machines of tests are slow, and each worker has to be loaded. */
const TIMEOUT_MS = 60_000;

export type LogLine = Readonly<Record<string, unknown>>;

export interface WorkersGateway {
  readonly port: number;
  readonly ca: string;
  /** Registered with the client `self-signed`. */
  readonly client: Issued;
  /** Issued by the CA that vouches for clients. */
  readonly issued: Issued;
  /** Of the primary process. */
  readonly pid: number;
  /** Every line of standard output, parsed; rejects for one that is no JSON. */
  log(): readonly LogLine[];
  /** The first line at or after `from` that matches, once it is there. */
  logged(matches: (line: LogLine) => boolean, from?: number): Promise<LogLine>;
  /** Of the workers that there are now. */
  workerPids(): Promise<readonly number[]>;
  write(name: string, text: string): Promise<void>;
  configure(options: ConfigOptions): Promise<void>;
  /** A token request of a client with its certificate, on a connection of its own. */
  token(clientId?: string): Promise<ClientAnswer>;
  manage(method: 'GET' | 'POST', path: string): Promise<Response>;
  signal(signal: NodeJS.Signals): void;
  /** Resolves to the exit code, or the signal, and standard error. */
  readonly ended: Promise<{ readonly code: number | string | null; readonly stderr: string }>;
}

export interface ConfigOptions {
  readonly workers?: number;
  /** YAML keys added to the listener. */
  readonly listener?: string;
  readonly clientCa?: string;
  /** Further clients, as YAML. */
  readonly clients?: string;
  readonly port?: number;
  readonly noticePeriod?: string;
  /** YAML members of the embedded service. */
  readonly service?: string;
  /** YAML added at the top. */
  readonly more?: string;
  /** Written beside the configuration, by name. */
  readonly files?: Readonly<Record<string, string>>;
}

export async function startWorkersGateway(
  t: TestContext,
  given: ConfigOptions = {},
): Promise<WorkersGateway> {
  const folder = await mkdtemp(join(tmpdir(), 'certbound-workers-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const authority = await createAuthority({ name: 'Test CA' });
  const server = await authority.issue({
    subject: 'CN=localhost',
    san: { dns: ['localhost'] },
    eku: ['serverAuth'],
  });
  const issued = await authority.issue({ subject: 'CN=pki', eku: ['clientAuth'] });
  const other = await createAuthority({ name: 'Another CA' });
  const client = await selfSigned();
  const write = (name: string, text: string): Promise<void> => writeFile(join(folder, name), text);
  const [port, managementPort] = [given.port ?? (await freePort()), await freePort()];
  const configure = (options: ConfigOptions): Promise<void> =>
    write('config.yaml', configText({ ...given, ...options, port }, managementPort));
  await write('ca.pem', authority.certificatePem);
  await write('another-ca.pem', other.certificatePem);
  await write('server.pem', server.certificatePem);
  await write('server-key.pem', server.privateKeyPem);
  await write('client.pem', client.certificatePem);
  await write('management-token', MANAGEMENT_TOKEN);
  for (const [name, text] of Object.entries(given.files ?? {})) await write(name, text);
  await configure({});

  const child = spawn(process.execPath, [MAIN, 'start'], {
    cwd: folder,
    env: { PATH: process.env['PATH'] },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  t.after(() => child.kill('SIGKILL'));
  let [stdout, stderr] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const ended = once(child, 'close').then(([code, signal]) => ({
    code: (code ?? signal) as number | string | null,
    stderr,
  }));
  const log = (): readonly LogLine[] =>
    stdout
      .slice(0, stdout.lastIndexOf('\n') + 1)
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line) as LogLine);

  const pid = child.pid ?? 0;
  const gateway: WorkersGateway = {
    port,
    ca: authority.certificatePem,
    client,
    issued,
    pid,
    log,
    logged: async (matches, from = 0) => {
      const signal = AbortSignal.timeout(TIMEOUT_MS);
      for (;;) {
        const line = log().slice(from).find(matches);
        if (line !== undefined) return line;
        await Promise.race([
          once(child.stdout, 'data', { signal }),
          ended.then(({ stderr: text }) => assert.fail(`the gateway ended: ${text}`)),
        ]);
      }
    },
    workerPids: async () => {
      const text = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8');
      return text.split(' ').filter(Boolean).map(Number);
    },
    write,
    configure,
    token: (clientId = 'self-signed') =>
      postForm({
        port,
        ca: authority.certificatePem,
        path: '/oauth2/token',
        certificatePem: client.certificatePem,
        privateKeyPem: client.privateKeyPem,
        form: { grant_type: 'client_credentials', client_id: clientId },
      }),
    manage: (method, path) =>
      fetch(`http://127.0.0.1:${managementPort}${path}`, {
        method,
        headers: { authorization: `Bearer ${MANAGEMENT_TOKEN}` },
      }),
    signal: (signal) => void child.kill(signal),
    ended,
  };
  return gateway;
}

/** The same, once it serves. */
export async function servingWorkers(
  t: TestContext,
  options: ConfigOptions = {},
): Promise<WorkersGateway> {
  const gateway = await startWorkersGateway(t, options);
  await gateway.logged(({ msg }) => msg === 'listening');
  return gateway;
}

function configText(options: ConfigOptions, managementPort: number): string {
  const { workers = 2, listener = '', clientCa = 'ca.pem', clients = '', port = 0 } = options;
  const { service = '', more = '' } = options;
  return `
listeners:
  - address: 127.0.0.1:${port}
    certificate: server.pem
    private_key: server-key.pem
    client_ca: [${clientCa}]
    limits: {handshake_timeout: 60s, header_timeout: 60s}
${listener}
management: {address: '127.0.0.1:${managementPort}', token_file: management-token}
workers: ${workers}
reload: {watch: false}
shutdown: {notice_period: ${options.noticePeriod ?? '0s'}}
log: {level: debug}
store: {timeout: 20s}
token_service:
  embedded:
    issuer: https://localhost:9443
${service}
clients:
  - client_id: self-signed
    token_endpoint_auth_method: self_signed_tls_client_auth
    certificates: [client.pem]
${clients}
${more}
`;
}

/** A whole request for a token, after which its client closes. */
export function tokenRequest(clientId: string): string {
  const form = `grant_type=client_credentials&client_id=${clientId}`;
  return [
    'POST /oauth2/token HTTP/1.1',
    'Host: localhost',
    'Connection: close',
    'Content-Type: application/x-www-form-urlencoded',
    `Content-Length: ${form.length}`,
    '',
    form,
  ].join('\r\n');
}
