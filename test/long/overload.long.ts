import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { Agent, request } from 'node:https';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { connect } from 'node:tls';
import type { TLSSocket } from 'node:tls';
import { promisify } from 'node:util';

import { DEMO_CONFIG, folderWith, serveCertbound } from '../commands/run-certbound.ts';
import { freePort } from '../support/free-port.ts';

const MEGABYTE = 1_048_576;
const LIMIT_MEGABYTES = 256;
const PHASE_SECONDS = 10;
/** In which the handshakes of the clients that stay end. */
const RAMP_SECONDS = 8;

interface Pressed {
  readonly identity: {
    readonly host: string;
    readonly port: number;
    readonly servername: string;
    readonly ca: string;
    readonly cert: string;
    readonly key: string;
  };
  readonly isAlive: () => boolean;
  /** The sum of all samples whose line begins so. */
  readonly metric: (beginning: string) => Promise<number>;
}

/** Gateway and clients share no processor where there are two. */
const CAN_PIN = availableParallelism() > 1;

/** The program as a process of its own that may use so much memory and no more. */
async function start(t: TestContext): Promise<Pressed> {
  const managementPort = await freePort();
  const config = DEMO_CONFIG.replace('"127.0.0.1:0"', `"127.0.0.1:${managementPort}"`);
  const overload = `{memory_limit: ${LIMIT_MEGABYTES * MEGABYTE}, max_event_loop_delay: 100ms}`;
  const folder = await folderWith(t, { 'config.yaml': `${config}overload: ${overload}\n` });
  const env = { NODE_OPTIONS: '--max-old-space-size=128' };
  const served = serveCertbound(t, ['start'], { folder, env, timeoutMs: 600_000 });
  const line = /"listener":"public".*"port":(\d+).*"msg":"listening"/;
  const port = Number(line.exec(await served.printed(line))?.[1]);
  const read = (name: string): Promise<string> => readFile(join(folder, 'pki', name), 'utf8');
  if (CAN_PIN) await promisify(execFile)('taskset', ['-acp', '0', `${served.child.pid}`]);
  const [ca, cert, key] = await Promise.all(['ca.pem', 'client.pem', 'client-key.pem'].map(read));
  return {
    identity: {
      host: '127.0.0.1',
      port,
      servername: 'localhost',
      ca: ca ?? '',
      cert: cert ?? '',
      key: key ?? '',
    },
    isAlive: () => served.child.exitCode === null && served.child.signalCode === null,
    metric: async (beginning) => {
      const text = await (await fetch(`http://127.0.0.1:${managementPort}/metrics`)).text();
      const samples = text.split('\n').filter((one) => one.startsWith(beginning));
      return samples.reduce((sum, one) => sum + Number(one.split(' ').at(-1)), 0);
    },
  };
}

const BODY = 'grant_type=client_credentials&client_id=demo-client';

function tokenRequest(agent: Agent, port: number): Promise<number | 'failed'> {
  const { promise, resolve } = Promise.withResolvers<number | 'failed'>();
  const headers = {
    'content-type': 'application/x-www-form-urlencoded',
    'content-length': BODY.length,
  };
  const outgoing = request(
    { agent, host: '127.0.0.1', port, method: 'POST', path: '/oauth2/token', headers },
    (incoming) => {
      incoming.resume().on('error', () => resolve('failed'));
      incoming.on('end', () => resolve(incoming.statusCode ?? 'failed'));
    },
  );
  outgoing.on('error', () => resolve('failed'));
  outgoing.end(BODY);
  return promise;
}

interface LoadResult {
  /** Answers of the endpoint. */
  readonly good: number;
  readonly refused: number;
  readonly seconds: number;
}

/** As many clients as that, each of which asks again as soon as it has an answer. */
async function load(
  { identity }: Pressed,
  clients: number,
  seconds: number,
  headers: readonly string[] = [],
): Promise<LoadResult> {
  const url = `https://127.0.0.1:${identity.port}/oauth2/jwks`;
  const pinned = CAN_PIN ? ['taskset', '-c', '1'] : [];
  const options = ['-t1', `-c${clients}`, `-d${seconds}s`, '--timeout', '60s'];
  const fields = headers.flatMap((field) => ['-H', field]);
  const [program, ...args] = [...pinned, 'wrk', ...options, ...fields, url];
  const child = spawn(program, args);
  const text = Buffer.concat((await child.stdout.toArray()) as Buffer[]).toString();
  const [, all = '', time = ''] = /(\d+) requests in ([\d.]+)(?:s|m)/.exec(text) ?? [];
  const refused = Number(/Non-2xx or 3xx responses: (\d+)/.exec(text)?.[1] ?? 0);
  assert.notEqual(all, '', text);
  return { good: Number(all) - refused, refused, seconds: Number(time) };
}

/** In a time: what was answered well, on how many new connections, and for how much computing. */
interface Work {
  readonly good: number;
  readonly handshakes: number;
  readonly cpuSeconds: number;
}

/** Of clients that keep their connection, and of others that make a new one for each request. */
async function work(pressed: Pressed, kept: number, anew: number): Promise<Work> {
  const seconds = RAMP_SECONDS + PHASE_SECONDS + 2;
  const loads = Promise.all([
    kept > 0 && load(pressed, kept, seconds),
    anew > 0 && load(pressed, anew, seconds, ['Connection: close']),
  ]);
  await pause(RAMP_SECONDS * 1_000);
  const before = await counted(pressed);
  await pause(PHASE_SECONDS * 1_000);
  const after = await counted(pressed);
  await loads;
  return {
    good: after.good - before.good,
    handshakes: after.handshakes - before.handshakes,
    cpuSeconds: after.cpuSeconds - before.cpuSeconds,
  };
}

async function counted({ metric }: Pressed): Promise<Work> {
  return {
    good: await metric('certbound_http_requests_total{route="jwks",method="GET",status="200"'),
    handshakes: await metric('certbound_tls_handshake_duration_seconds_count'),
    cpuSeconds: await metric('process_cpu_seconds_total '),
  };
}

/**
 * The share of the computing that went to good answers, told by what they cost where nothing else is to
 * be done. What the machine has to do beside changes how much computing there is, and the pressure how
 * much of it goes to handshakes; neither changes that cost by much.
 */
async function usefulShare(pressed: Pressed, kept: number, anew: number): Promise<number> {
  const onlyKept = await work(pressed, 20, 0);
  const onlyAnew = await work(pressed, 0, 20);
  const { good, handshakes, cpuSeconds } = await work(pressed, kept, anew);
  const keptCost = onlyKept.cpuSeconds / onlyKept.good;
  const anewCost = onlyAnew.cpuSeconds / onlyAnew.good;
  return ((good - handshakes) * keptCost + handshakes * anewCost) / cpuSeconds;
}

test('F28: with five times as many clients as keep it busy, computing goes to good answers', async (t) => {
  const pressed = await start(t);
  await load(pressed, 20, 5);
  const shares: number[] = [];
  while (shares.length < 3) shares.push(await usefulShare(pressed, 80, 20));
  const [, median = 0] = shares.toSorted((one, other) => one - other);
  t.diagnostic(JSON.stringify({ shares }));
  assert.ok(pressed.isAlive());
  assert.ok(median >= 0.8, `${median}`);
});

test('F28: with far more clients than it can serve the process sheds, lives, and recovers', async (t) => {
  const pressed = await start(t);
  await load(pressed, 20, 3);
  const peak = await load(pressed, 20, PHASE_SECONDS);
  const overload = await load(pressed, 800, PHASE_SECONDS);
  const resident = (await pressed.metric('process_resident_memory_bytes ')) / MEGABYTE;
  t.diagnostic(JSON.stringify({ peak, overload, resident }));
  assert.ok(pressed.isAlive());
  assert.ok((await pressed.metric('certbound_refusals_total{reason="overloaded"} ')) > 0);
  assert.ok(resident < LIMIT_MEGABYTES, `${resident} MB`);
  assert.ok(overload.good > 0);
  await assertRecovers(pressed);
});

async function assertRecovers({ identity, metric }: Pressed): Promise<void> {
  while ((await metric('certbound_overload_shedding_ratio ')) > 0) await pause(100);
  const agent = new Agent({ ...identity, keepAlive: true });
  for (let count = 0; count < 50; count += 1) {
    assert.equal(await tokenRequest(agent, identity.port), 200);
  }
  agent.destroy();
}

test('F28: connections that cost more memory than there is are refused, those open are served', async (t) => {
  const pressed = await start(t);
  const good = new Agent({ ...pressed.identity, keepAlive: true, maxSockets: 1 });
  t.after(() => good.destroy());
  assert.equal(await tokenRequest(good, pressed.identity.port), 200);
  const open: TLSSocket[] = [];
  t.after(() => open.forEach((socket) => socket.destroy()));
  let refused = 0;
  // As many again as fit, so that the process has to hold out.
  for (let round = 0; round < 100 && refused < 2_000; round += 1) {
    await Promise.all(
      Array.from({ length: 100 }, async () => {
        const socket = connect(pressed.identity);
        socket.on('error', () => {});
        await Promise.race([once(socket, 'secureConnect'), once(socket, 'close')]).catch(() => {});
        if (socket.destroyed) refused += 1;
        else open.push(socket);
      }),
    );
    const outcome = await tokenRequest(good, pressed.identity.port);
    assert.ok(outcome === 200 || outcome === 503, `${outcome}`);
  }
  const resident = (await pressed.metric('process_resident_memory_bytes ')) / MEGABYTE;
  t.diagnostic(`${open.length} open, ${refused} refused, resident ${resident.toFixed(0)} MB`);
  assert.ok(pressed.isAlive());
  assert.ok(refused >= 2_000);
  assert.ok(resident < LIMIT_MEGABYTES, `${resident} MB`);
  for (const socket of open) socket.destroy();
  await assertRecovers(pressed);
});
