/** What a reload of many clients takes of the event loop, by the CPU time of its longest turn. */

import assert from 'node:assert/strict';
import process from 'node:process';
import { test } from 'node:test';
import { setImmediate } from 'node:timers/promises';

import { checkConfig } from '../../src/config/check.ts';
import { loadConfig } from '../../src/config/load.ts';
import { startMixedLoad } from '../support/mixed-load.ts';
import { EMBEDDED, startGateway } from '../support/running-gateway.ts';

const CLIENTS = 500;

test('F21: a reload of many clients holds the event loop for a part of what it reads', async (t) => {
  const clients = Array.from({ length: CLIENTS }, (_, index) =>
    index % 2 === 0
      ? `  - {client_id: c${index}, token_endpoint_auth_method: tls_client_auth, tls_client_auth_subject_dn: 'CN=c${index},O=Bank', trust_anchors: [ca.pem]}\n`
      : `  - {client_id: c${index}, token_endpoint_auth_method: self_signed_tls_client_auth, certificates: [client.pem]}\n`,
  );
  const gateway = await startGateway({ yaml: EMBEDDED + clients.join('') });
  t.after(gateway.close);
  const { port, ca, client } = gateway;
  const load = startMixedLoad({ port, ca, client }, { clients: 1 });
  t.after(load.stop);
  await load.more(10);
  // The first one loads what is needed for it.
  assert.equal((await gateway.running.reload()).outcome, 'reloaded');

  const turns: number[] = [];
  let isOver = false;
  const watch = async (): Promise<void> => {
    let last = cpuMs();
    while (!isOver) {
      await setImmediate();
      const now = cpuMs();
      turns.push(now - last);
      last = now;
    }
  };
  const watching = watch();
  assert.equal((await gateway.running.reload()).outcome, 'reloaded');
  isOver = true;
  await watching;
  assert.deepEqual(await load.stop(), []);

  const before = cpuMs();
  await checkConfig(await loadConfig(`${gateway.folder}/config.yaml`, { env: {} }));
  const reading = cpuMs() - before;
  const longest = Math.max(...turns);
  t.diagnostic(`longest turn ${longest.toFixed(1)} ms of CPU, reading ${reading.toFixed(1)} ms`);
  assert.ok(longest < reading / 2, `${longest} ms of ${reading} ms`);
});

function cpuMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1_000;
}
