/** Runs the program as a process of its own, the way a shell does. */

import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { TestContext } from 'node:test';

const MAIN = join(import.meta.dirname, '../../src/main.ts');

/** Longer than any command that ends by itself may take; then it is killed and the test fails. */
const TIMEOUT_MS = 60_000;

export interface RunOptions {
  readonly folder?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string | Uint8Array;
  /** File descriptors that it may have. */
  readonly descriptors?: number;
  /** After how long it is killed, in place of a minute. */
  readonly timeoutMs?: number;
}

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command to its end. */
export async function runCertbound(
  args: readonly string[],
  options: RunOptions = {},
): Promise<Ended> {
  const child = spawnCertbound(args, options);
  child.stdin?.end(options.input ?? '');
  return ended(child, collect(child));
}

export interface Served {
  readonly child: ChildProcess;
  /** Resolves with all of standard output as soon as it matches. */
  readonly printed: (pattern: RegExp) => Promise<string>;
  readonly ended: Promise<Ended>;
}

/** Runs a command that serves; it is killed at the end of the test. */
export function serveCertbound(
  t: TestContext,
  args: readonly string[],
  options: RunOptions = {},
): Served {
  const child = spawnCertbound(args, options);
  t.after(() => child.kill('SIGKILL'));
  return watch(child);
}

/** Does the same the way `npm start` does, with a shell in between, which is the child. */
export function serveUnderNpm(
  t: TestContext,
  args: readonly string[],
  { folder }: RunOptions,
): Served {
  // The second command keeps the shell from putting the first one in its own place.
  const line = `"${process.execPath}" "${MAIN}" ${args.join(' ')}; exit $?`;
  const child = spawn('sh', ['-c', line], {
    cwd: folder,
    env: { PATH: process.env['PATH'], npm_lifecycle_event: 'start' },
    timeout: TIMEOUT_MS,
    killSignal: 'SIGKILL',
  });
  t.after(() => child.kill('SIGKILL'));
  return watch(child);
}

function watch(child: ChildProcess): Served {
  const output = collect(child);
  const end = ended(child, output);
  const printed = async (pattern: RegExp) => {
    while (!pattern.test(output.stdout)) {
      const over = end.then(({ stderr }) => {
        throw new Error(`ended before it printed ${pattern}: ${stderr}`);
      });
      await Promise.race([once(child.stdout ?? child, 'data'), over]);
    }
    return output.stdout;
  };
  return { child, printed, ended: end };
}

function spawnCertbound(
  args: readonly string[],
  { folder, env = {}, descriptors, timeoutMs = TIMEOUT_MS }: RunOptions,
): ChildProcess {
  const command = [process.execPath, MAIN, ...args];
  const limited = ['sh', '-c', `ulimit -n ${descriptors}; exec "$0" "$@"`, ...command];
  const [program = '', ...rest] = descriptors === undefined ? command : limited;
  return spawn(program, rest, {
    cwd: folder ?? dirname(MAIN),
    env: { PATH: process.env['PATH'], ...env },
    timeout: timeoutMs,
    killSignal: 'SIGKILL',
  });
}

interface Output {
  stdout: string;
  stderr: string;
}

function collect(child: ChildProcess): Output {
  const output: Output = { stdout: '', stderr: '' };
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    output.stdout += text;
  });
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    output.stderr += text;
  });
  return output;
}

async function ended(child: ChildProcess, output: Output): Promise<Ended> {
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, ...output };
}

/** Creates a folder with these files, removed at the end of the test. */
export async function folderWith(
  t: TestContext,
  files: Readonly<Record<string, string>>,
): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'certbound-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  await Promise.all(
    Object.entries(files).map(([name, text]) => writeFile(join(folder, name), text)),
  );
  return folder;
}

/** The demo on free ports, so that tests can run beside each other. */
export const DEMO_CONFIG = `listeners:
  - address: 127.0.0.1:0
    certificate: pki/server.pem
    private_key: pki/server-key.pem
    client_ca: [pki/ca.pem]
management: {address: "127.0.0.1:0"}
token_service:
  embedded: {issuer: "https://localhost:9443", introspection_callers: [admin]}
clients:
  - client_id: demo-client
    token_endpoint_auth_method: self_signed_tls_client_auth
    certificates: [pki/client.pem]
  - client_id: admin
    token_endpoint_auth_method: client_secret_basic
    client_secret: admin
    grant_types: []
store: {engine: memory}
demo: {certificates: pki}
`;
