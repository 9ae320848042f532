/** The whole program in this process, on free ports, from a configuration text and minted files. */

import { EventEmitter, once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';

import { checkConfig } from '../../src/config/check.ts';
import { parseConfig, readConfigText } from '../../src/config/load.ts';
import type { ConfigText } from '../../src/config/load.ts';
import { startServer } from '../../src/server/server.ts';
import type { RunningServer } from '../../src/server/server.ts';
import { createAuthority, selfSigned } from './pki.ts';
import type { Issued } from './pki.ts';

export type LogLine = Readonly<Record<string, unknown>>;

export interface GatewayFixture {
  readonly port: number;
  /** Those of all listeners, in their order. */
  readonly ports: readonly number[];
  readonly managementPort: number;
  /** PEM of the CA that issued the server's certificate and `pkiClient`. */
  readonly ca: string;
  /** Registered with the client `self-signed`. */
  readonly client: Issued;
  /** Issued by the CA, subject `CN=pki-client,O=Test`. */
  readonly pkiClient: Issued;
  /** Registered nowhere. */
  readonly stranger: Issued;
  /** The folder of the configuration. */
  readonly folder: string;
  readonly running: RunningServer;
  /** Writes a file into the folder. */
  write(name: string, text: string | Uint8Array): Promise<void>;
  /** Writes the configuration as at the start, with changes. */
  configure(changes?: Partial<GatewayOptions>): Promise<void>;
  /** The lines of the log so far, parsed. */
  readonly log: () => readonly LogLine[];
  /** The same as it was written. */
  readonly logText: () => string;
  /** The first line at or after `from` that matches, once it is there; rejects after a minute. */
  logged(matches: (line: LogLine) => boolean, from?: number): Promise<LogLine>;
  readonly metrics: () => Promise<string>;
  close(): Promise<void>;
}

export interface GatewayOptions {
  /** YAML below the listeners: `token_service`, `clients`, ... Paths start at the folder. */
  readonly yaml: string;
  /** YAML keys added to the one listener. */
  readonly listener?: string;
  /** The whole `listeners` section, in place of that one. */
  readonly listeners?: string;
  /** Files to write beside the configuration. */
  readonly files?: Readonly<Record<string, string | Uint8Array>>;
  /** The one trust store of the listener; the CA of the server where absent. */
  readonly clientCa?: string;
  /** A store that outlives the gateway. */
  readonly storePath?: string;
  /** In place of 127.0.0.1. */
  readonly managementHost?: string;
  /** YAML members of the store beside its path. */
  readonly store?: string;
  /** Whether changed files are noticed; else `running.reload` alone reads them. */
  readonly watch?: boolean;
}

/** Machines of tests are slow: what is waited for comes at last, or never. */
const LOG_TIMEOUT_MS = 60_000;

/** Of every gateway of the tests. */
export const MANAGEMENT_TOKEN = 'the-management-token-of-the-tests';

/** The clients that most tests need, for the embedded service. */
export const TEST_CLIENTS = `
clients:
  - client_id: self-signed
    token_endpoint_auth_method: self_signed_tls_client_auth
    certificates: [client.pem]
  - client_id: pki
    token_endpoint_auth_method: tls_client_auth
    tls_client_auth_subject_dn: CN=pki-client,O=Test
  - client_id: resource-server
    token_endpoint_auth_method: client_secret_basic
    client_secret: rs-secret
    grant_types: []
`;

export const EMBEDDED = `
token_service:
  embedded:
    issuer: https://localhost:9443
    introspection_callers: [resource-server]
${TEST_CLIENTS}`;

export async function startGateway(options: GatewayOptions): Promise<GatewayFixture> {
  const folder = await mkdtemp(join(tmpdir(), 'certbound-test-'));
  const removeFolder = (): Promise<void> => rm(folder, { recursive: true, force: true });
  const lines: string[] = [];
  const written: string[] = [];
  const arrivals = new EventEmitter();
  const log = (): readonly LogLine[] => lines.map((line) => JSON.parse(line) as LogLine);
  const stdout = new Writable({
    write: (chunk: Buffer, _, done) => {
      written.push(chunk.toString('utf8'));
      lines.push(...chunk.toString('utf8').split('\n').filter(Boolean));
      arrivals.emit('line');
      done();
    },
  });
  try {
    const authority = await createAuthority({ name: 'Test CA' });
    const server = await authority.issue({
      subject: 'CN=localhost',
      san: { dns: ['localhost'], ip: ['127.0.0.1'] },
      eku: ['serverAuth'],
    });
    const pkiClient = await authority.issue({
      subject: 'CN=pki-client,O=Test',
      eku: ['clientAuth'],
    });
    const client = await selfSigned({ subject: 'CN=client,O=Test', ca: true });
    const stranger = await selfSigned({ subject: 'CN=client,O=Test', ca: true });
    const files = {
      'ca.pem': authority.certificatePem,
      'server.pem': server.certificatePem,
      'server-key.pem': server.privateKeyPem,
      'client.pem': client.certificatePem,
      'management-token': MANAGEMENT_TOKEN,
      ...options.files,
    };
    await Promise.all(
      Object.entries(files).map(([name, text]) => writeFile(join(folder, name), text)),
    );
    const file = join(folder, 'config.yaml');
    const write = (name: string, text: string | Uint8Array): Promise<void> =>
      writeFile(join(folder, name), text);
    const configure = (changes: Partial<GatewayOptions> = {}): Promise<void> =>
      write('config.yaml', configText({ ...options, ...changes }));
    await configure();
    const load = (): Promise<ConfigText> => readConfigText(file, { env: {} });
    const { text, ...read } = await load();
    const loaded = parseConfig(text, read);
    const material = await checkConfig(loaded);
    const running = await startServer({ config: loaded.config, material, load, file, stdout });
    const managementPort = running.management.port;
    return {
      get port() {
        return running.listeners[0]?.port ?? 0;
      },
      get ports() {
        return running.listeners.map(({ port }) => port);
      },
      managementPort,
      running,
      write,
      configure,
      ca: authority.certificatePem,
      client,
      pkiClient,
      stranger,
      folder,
      log,
      logText: () => written.join(''),
      logged: async (matches, from = 0) => {
        const signal = AbortSignal.timeout(LOG_TIMEOUT_MS);
        for (;;) {
          const line = log().slice(from).find(matches);
          if (line !== undefined) return line;
          await once(arrivals, 'line', { signal });
        }
      },
      metrics: async () => (await fetch(`http://127.0.0.1:${managementPort}/metrics`)).text(),
      close: async () => {
        await running.stop();
        await removeFolder();
      },
    };
  } catch (error) {
    await removeFolder();
    throw error;
  }
}

function configText(options: GatewayOptions): string {
  const {
    yaml,
    listener = '',
    clientCa = 'ca.pem',
    storePath = 'data/store.sqlite',
    store = '',
    managementHost = '127.0.0.1',
  } = options;
  const listeners = `listeners:
  - address: 127.0.0.1:0
    certificate: server.pem
    private_key: server-key.pem
    client_ca: [${clientCa}]
${listener.includes('limits:') ? '' : '    limits: {handshake_timeout: 60s, header_timeout: 60s}'}
${listener}`;
  // On a machine that has more to do than tests nothing may be refused because of it.
  const overload = yaml.includes('\noverload:') ? '' : 'overload: {max_event_loop_delay: 10m}';
  return `
${overload}
${options.listeners ?? listeners}
management: {address: '${managementHost}:0', token_file: management-token}
store: {path: ${storePath}, ${store.includes('timeout:') ? '' : 'timeout: 20s,'} ${store}}
reload: {watch: ${options.watch ?? false}, settle: 100ms}
${yaml}`;
}
