/** A gateway that is reloaded again and again under load, with broken files in between. */

import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import type { TestContext } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

import { summaryLine } from './load-figures.ts';
import { LOAD_SETTINGS } from './load-settings.ts';
import { startMixedLoad } from './mixed-load.ts';
import { createAuthority, selfSigned } from './pki.ts';
import { startGateway } from './running-gateway.ts';
import type { GatewayFixture } from './running-gateway.ts';

const MEGABYTE = 1_048_576;
/** Connections to what is behind are kept for later requests for a minute at most. */
const IDLE_UPSTREAM_MS = 70_000;
const POLL_MS = 100;
const FILES_MORE = 4;

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

interface Held {
  readonly files: number;
  readonly timers: number;
  readonly heapMegabytes: number;
  /** Also that of the load, which is in this process. */
  readonly residentMegabytes: number;
}

const ANOTHER = `
  - client_id: another
    token_endpoint_auth_method: self_signed_tls_client_auth
    certificates: [another.pem]
    `;

export interface ReloadsOptions {
  /** A key of `LOAD_SETTINGS`. */
  readonly setting: string;
  /** A third of them with a file that is half written. */
  readonly reloads: number;
  /** Made while that goes on, as evenly as may be. */
  readonly requests: number;
}

/** What each reload of a round changes, and whether it can be put in force. */
type Step = (gateway: GatewayFixture) => Promise<'reloaded' | 'refused'>;

/**
 * Reloads as often as asked, every third time with a file that is half written; then demands that no
 * request was lost and that the gateway holds no more than before.
 */
export async function reloadUnderLoad(
  t: TestContext,
  { setting, reloads, requests: wanted }: ReloadsOptions,
): Promise<void> {
  const another = await selfSigned();
  const start = LOAD_SETTINGS[setting] ?? assert.fail(`no setting ${setting}`);
  const { yaml, clientKeys, requests } = await start((clean) => t.after(clean));
  const gateway = await startGateway({
    yaml,
    files: { 'another.pem': another.certificatePem },
  });
  t.after(gateway.close);
  const authority = await createAuthority({ name: 'Next CA' });
  const identity = { subject: 'CN=localhost', san: { dns: ['localhost'] }, eku: ['serverAuth'] };
  const next = await authority.issue(identity as Parameters<typeof authority.issue>[0]);
  const ca = gateway.ca + authority.certificatePem;

  const steps: readonly Step[] = [
    async ({ write, configure }) => {
      await write('next.pem', next.certificatePem);
      await write('next-key.pem', next.privateKeyPem);
      await configure({ yaml: yaml + ANOTHER + clientKeys, listeners: NEXT_LISTENER });
      return 'reloaded';
    },
    async ({ write }) => {
      await write('next.pem', next.certificatePem.slice(0, 200));
      return 'refused';
    },
    async ({ configure }) => {
      await configure({ listener: '    session_resumption: on\n' });
      return 'reloaded';
    },
  ];
  const round = async (count: number, goal: number): Promise<string> => {
    const { port, client } = gateway;
    const load = startMixedLoad({ port, ca, client }, { clients: 3, requests });
    let slowestMs = 0;
    for (let index = 0; index < count; index += 1) {
      await load.more(Math.ceil((goal * (index + 1)) / (count + 1)) - load.answered());
      const expected = await steps[index % steps.length]?.(gateway);
      const begunAt = performance.now();
      const reloaded = await gateway.running.reload();
      assert.equal(reloaded.outcome, expected, JSON.stringify(reloaded));
      slowestMs = Math.max(slowestMs, Math.round(performance.now() - begunAt));
      assert.deepEqual(load.lost(), [], `at reload ${index + 1}`);
    }
    await load.more(goal - load.answered());
    assert.deepEqual(await load.stop(), []);
    const reloading = [`${count} reloads`, `slowest reload ${slowestMs} ms`];
    return summaryLine(`reload (${setting})`, load.figures(), reloading);
  };

  // The first ones fill what stays.
  await round(steps.length, 60);
  await gateway.configure();
  await gateway.running.reload();
  const before = await heldBy(gateway);
  t.diagnostic(await round(reloads, wanted));
  await gateway.configure();
  await gateway.running.reload();
  const after = await heldInTheEnd(gateway, before.files + FILES_MORE);
  t.diagnostic(`held before ${JSON.stringify(before)}, after ${JSON.stringify(after)}`);
  assert.ok(
    after.files <= before.files + FILES_MORE,
    `open files: ${before.files}, then ${after.files}`,
  );
  assert.ok(after.timers <= before.timers + 4, `timers: ${before.timers}, then ${after.timers}`);
  const grown = after.heapMegabytes - before.heapMegabytes;
  assert.ok(grown < 10, `the heap grew by ${grown} MB`);
}

const NEXT_LISTENER = `listeners:
  - address: 127.0.0.1:0
    certificate: next.pem
    private_key: next-key.pem
    client_ca: [ca.pem]
    limits: {handshake_timeout: 60s, header_timeout: 60s}
`;

/** What is held when no more files are open, or when connections to what is behind can't be the reason. */
async function heldInTheEnd(gateway: GatewayFixture, mostFiles: number): Promise<Held> {
  const endsAt = performance.now() + IDLE_UPSTREAM_MS;
  for (;;) {
    // To ask for the metrics takes two files itself: they are counted here as they were before.
    const held = await heldBy(gateway);
    if (held.files <= mostFiles || performance.now() >= endsAt) return held;
    await pause(POLL_MS);
  }
}

function openFiles(): number {
  return readdirSync('/proc/self/fd').length;
}

/** Once the connections of the load are gone. */
async function heldBy(gateway: GatewayFixture): Promise<Held> {
  while (!/^certbound_connections\{listener="public"\} 0$/m.test(await gateway.metrics())) {
    await new Promise(setImmediate);
  }
  for (let turn = 0; turn < 5; turn += 1) await new Promise(setImmediate);
  collect();
  return {
    files: openFiles(),
    timers: process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length,
    heapMegabytes: Math.round(process.memoryUsage().heapUsed / MEGABYTE),
    residentMegabytes: Math.round(process.memoryUsage().rss / MEGABYTE),
  };
}
