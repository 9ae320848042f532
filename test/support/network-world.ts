/** A network of a test's own (network namespace), in which packets can be dropped; no other is touched. */

import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import process from 'node:process';
import { text } from 'node:stream/consumers';
import type { TestContext } from 'node:test';

/** The smallest packets that IPv6 knows. */
const MTU = 1_280;

/** Loopback alone, which is down in a new namespace. */
const PREPARE = `ip link set lo up mtu ${MTU} && nft add table ip world && nft 'add chain ip world input { type filter hook input priority 0; }'`;
const ISOLATE = ['--net', '--map-root-user', 'sh', '-c'];

/** The address that clients have whose packets are dropped. */
export const POOR_ADDRESS = '127.0.0.2';

/** Why tests in such a network are skipped; false where the kernel allows it. */
export function withoutNetworkWorld(): string | false {
  const { status } = spawnSync('unshare', [...ISOLATE, PREPARE]);
  return status !== 0 && 'network namespaces with nftables are not to be had';
}

/** Runs a program in a network of its own; resolves to the JSON that it prints. */
export async function runInNetwork(
  t: TestContext,
  program: string,
  args: readonly string[] = [],
): Promise<unknown> {
  const command = [...ISOLATE, `${PREPARE} && exec "$0" "$@"`, process.execPath, program, ...args];
  const child = spawn('unshare', command, { stdio: ['ignore', 'pipe', 'inherit'] });
  t.after(() => child.kill('SIGKILL'));
  const [output, [code]] = await Promise.all([text(child.stdout), once(child, 'exit')]);
  if (code !== 0) throw new Error(`${program} ended with ${String(code)}: ${output}`);
  return JSON.parse(output);
}

/** For programs that run in it: drops packets from then on, by a rule of nftables. */
export function dropPackets(rule: string): void {
  nft(`add rule ip world input ${rule} counter drop`);
}

/** How many were dropped so far. */
export function droppedPackets(): number {
  const counts = [...nft('list chain ip world input').matchAll(/counter packets (\d+)/g)];
  return counts.reduce((sum, [, count]) => sum + Number(count), 0);
}

function nft(command: string): string {
  const { status, stdout, stderr } = spawnSync('nft', [command], { encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
  return stdout;
}
