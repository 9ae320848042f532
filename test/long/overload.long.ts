import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { Agent, request } from 'node:https';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { connect } from 'node:tls';
import type { TLSSocket } from 'node:tls';

import { DEMO_CONFIG, folderWith, serveCertbound } from '../commands/run-certbound.ts';
import { freePort } from '../support/free-port.ts';

const MEGABYTE = 1_048_576;
const LIMIT_MEGABYTES = 256;
const PHASE_SECONDS = 10;

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
  readonly metric: (name: string) => Promise<number>;
}

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
    metric: async (name) => {
      const text = await (await fetch(`http://127.0.0.1:${managementPort}/metrics`)).text();
      const sample = text.split('\n').find((one) => one.startsWith(`${name} `));
      return Number(sample?.slice(name.length + 1));
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
async function load({ identity }: Pressed, clients: number, seconds: number): Promise<LoadResult> {
  const url = `https://127.0.0.1:${identity.port}/oauth2/jwks`;
  const child = spawn('wrk', ['-t1', `-c${clients}`, `-d${seconds}s`, '--timeout', '60s', url]);
  const text = Buffer.concat((await child.stdout.toArray()) as Buffer[]).toString();
  const [, all = '', time = ''] = /(\d+) requests in ([\d.]+)(?:s|m)/.exec(text) ?? [];
  const refused = Number(/Non-2xx or 3xx responses: (\d+)/.exec(text)?.[1] ?? 0);
  assert.notEqual(all, '', text);
  return { good: Number(all) - refused, refused, seconds: Number(time) };
}

test('F28: with far more clients than it can serve the process sheds, lives, and recovers', async (t) => {
  const pressed = await start(t);
  await load(pressed, 20, 3);
  const peak = await load(pressed, 20, PHASE_SECONDS);
  const overload = await load(pressed, 800, PHASE_SECONDS);
  const resident = (await pressed.metric('process_resident_memory_bytes')) / MEGABYTE;
  t.diagnostic(JSON.stringify({ peak, overload, resident }));
  assert.ok(pressed.isAlive());
  assert.ok((await pressed.metric('certbound_refusals_total{reason="overloaded"}')) > 0);
  assert.ok(resident < LIMIT_MEGABYTES, `${resident} MB`);
  assert.ok(overload.good > 0);
  await assertRecovers(pressed);
});

async function assertRecovers({ identity, metric }: Pressed): Promise<void> {
  while ((await metric('certbound_overload_shedding_ratio')) > 0) await pause(100);
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
  const resident = (await pressed.metric('process_resident_memory_bytes')) / MEGABYTE;
  t.diagnostic(`${open.length} open, ${refused} refused, resident ${resident.toFixed(0)} MB`);
  assert.ok(pressed.isAlive());
  assert.ok(refused >= 2_000);
  assert.ok(resident < LIMIT_MEGABYTES, `${resident} MB`);
  for (const socket of open) socket.destroy();
  await assertRecovers(pressed);
});
