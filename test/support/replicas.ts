/** Two gateways, processes of their own with one configuration, behind a real HAProxy that passes TLS on. */

import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import type { RequestOptions } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';

import { freePort } from './free-port.ts';
import { DOOR, startHaproxyWith } from './haproxy.ts';
import { createAuthority, selfSigned } from './pki.ts';
import type { Issued } from './pki.ts';

const MAIN = join(import.meta.dirname, '../../src/main.ts');

/** Between two questions about what has to become true. */
const POLL_MS = 20;

export const REPLICA_NAMES = ['one', 'two'] as const;
export type ReplicaName = (typeof REPLICA_NAMES)[number];

export interface Replica {
  /** Of the process that serves, or served last. */
  pid(): number;
  /** Resolves when the balancer sends it connections. */
  start(): Promise<void>;
  /** SIGTERM; resolves to its exit code when it has ended and the balancer knows. */
  stop(): Promise<number | null>;
  /** SIGKILL; resolves when it is gone. */
  kill(): Promise<void>;
}

export interface Replicas extends Readonly<Record<ReplicaName, Replica>> {
  /** That of the balancer. */
  readonly port: number;
  readonly ca: string;
  /** Its certificate is the file `client.pem`. */
  readonly client: Issued;
}

export interface ReplicasOptions {
  /** YAML beside the listener: the store, the token service, clients. Names `client.pem`. */
  readonly yaml: string;
  /** Further files, by name. */
  readonly files?: Readonly<Record<string, string>>;
}

interface Ports {
  readonly serving: number;
  readonly management: number;
}

/** Resolves when both serve. Each has a server certificate of its own with its name as the subject. */
export async function startReplicas(t: TestContext, options: ReplicasOptions): Promise<Replicas> {
  const folder = await mkdtemp(join(tmpdir(), 'certbound-replicas-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const authority = await createAuthority();
  const client = await selfSigned();
  const ports = {} as Record<ReplicaName, Ports>;
  const files: Record<string, string> = {
    'ca.pem': authority.certificatePem,
    'client.pem': client.certificatePem,
    ...options.files,
  };
  for (const name of REPLICA_NAMES) {
    ports[name] = { serving: await freePort(), management: await freePort() };
    const server = await authority.issue({
      subject: `CN=${name}`,
      san: { dns: ['localhost'] },
      eku: ['serverAuth'],
    });
    files[`${name}.pem`] = server.certificatePem;
    files[`${name}-key.pem`] = server.privateKeyPem;
    files[`${name}.yaml`] = replicaConfig(name, ports[name], options.yaml);
  }
  await Promise.all(
    Object.entries(files).map(([name, text]) => writeFile(join(folder, name), text)),
  );
  const state = join(folder, 'state');
  const replica = (name: ReplicaName): StartedReplica =>
    createReplica(t, {
      name,
      folder,
      isReady: () => isOk({ port: ports[name].management, path: '/readyz' }),
      isBalanced: () => isOk({ socketPath: `${state}-${name}` }),
    });
  const replicas = { one: replica('one'), two: replica('two') };
  await Promise.all(REPLICA_NAMES.map((name) => replicas[name].serve()));
  // It takes servers to be up until it has looked; so it comes last.
  const config = balancerConfig(ports, state);
  const port = await startHaproxyWith(t, { config, files: {}, isQuiet: true });
  return { port, ca: authority.certificatePem, client, ...replicas };
}

interface StartedReplica extends Replica {
  /** Resolves when it serves, whether or not the balancer knows. */
  serve(): Promise<void>;
}

function createReplica(
  t: TestContext,
  options: {
    readonly name: ReplicaName;
    readonly folder: string;
    readonly isReady: () => Promise<boolean>;
    readonly isBalanced: () => Promise<boolean>;
  },
): StartedReplica {
  const { name, folder, isReady, isBalanced } = options;
  let child: ChildProcess | undefined;
  let gone: Promise<unknown> = Promise.resolve();
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    child?.kill(signal);
    await gone;
  };
  t.after(() => end('SIGKILL'));
  const serve = async (): Promise<void> => {
    const started = spawn(process.execPath, [MAIN, 'start', '--config', `${name}.yaml`], {
      cwd: folder,
      env: { PATH: process.env['PATH'] },
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    child = started;
    gone = once(started, 'exit');
    while (!(await isReady())) {
      if (started.exitCode !== null) throw new Error(`replica ${name} ended`);
      await pause(POLL_MS);
    }
  };
  return {
    serve,
    pid: () => child?.pid ?? 0,
    start: async () => {
      await serve();
      await until(isBalanced);
    },
    stop: async () => {
      await end('SIGTERM');
      await until(async () => !(await isBalanced()));
      return child?.exitCode ?? null;
    },
    kill: () => end('SIGKILL'),
  };
}

async function until(isTrue: () => Promise<boolean>): Promise<void> {
  while (!(await isTrue())) await pause(POLL_MS);
}

async function isOk(where: RequestOptions): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  request({ host: '127.0.0.1', agent: false, ...where }, (incoming) => {
    incoming.resume();
    resolve(incoming.statusCode === 200);
  })
    .on('error', () => resolve(false))
    .end();
  return promise;
}

function replicaConfig(name: ReplicaName, { serving, management }: Ports, yaml: string): string {
  return `
listeners:
  - address: 127.0.0.1:${serving}
    certificate: ${name}.pem
    private_key: ${name}-key.pem
    client_ca: [ca.pem]
    proxy_protocol: {peers: [127.0.0.1]}
management: {address: '127.0.0.1:${management}'}
# On a machine that has more to do than tests nothing may be refused because of it.
overload: {max_event_loop_delay: 10m}
shutdown: {notice_period: 2s, drain_timeout: 30s}
log: {level: error}
${yaml}`;
}

/** What haproxy-tunnel.cfg and docs/operations.md say, with quicker checks. */
function balancerConfig(ports: Readonly<Record<ReplicaName, Ports>>, state: string): string {
  const servers = REPLICA_NAMES.map((name) => {
    const { serving, management } = ports[name];
    return `  server ${name} 127.0.0.1:${serving} send-proxy-v2 check port ${management} inter 100ms fall 1 rise 1`;
  });
  const states = REPLICA_NAMES.flatMap((name) => [
    `frontend ${name}`,
    '  mode http',
    `  bind unix@${state}-${name}`,
    '  monitor-uri /',
    `  monitor fail if !{ srv_is_up(gateways/${name}) }`,
  ]);
  return [
    'defaults',
    ...['connect', 'client', 'server', 'check'].map((what) => `  timeout ${what} 60s`),
    'listen gateways',
    '  mode tcp',
    `  bind ${DOOR}`,
    '  balance roundrobin',
    '  retries 3',
    '  option redispatch 1',
    '  option httpchk GET /readyz',
    '  http-check expect status 200',
    ...servers,
    ...states,
    '',
  ].join('\n');
}
