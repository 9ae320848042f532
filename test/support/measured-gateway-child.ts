/** The process of a measured gateway: takes its options as JSON, and what is asked as messages. */

import { readdirSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import process from 'node:process';

import type { Asked, Held, Told } from './measured-gateway.ts';
import { startGateway } from './running-gateway.ts';
import type { GatewayOptions } from './running-gateway.ts';

const MEGABYTE = 1_048_576;
const NANOSECONDS = 1e6;

const gateway = await startGateway(JSON.parse(process.argv[2] ?? '') as GatewayOptions);
const loop = monitorEventLoopDelay({ resolution: 10 });
loop.enable();

process.on('message', (asked: Asked) => {
  if (asked === 'stop') void stop();
  else void measure().then((held) => tell({ held }));
});
const { port, ca, client } = gateway;
const { certificatePem, privateKeyPem, thumbprint } = client;
tell({ serving: { port, ca, client: { certificatePem, privateKeyPem, thumbprint } } });

async function measure(): Promise<Held> {
  const loopDelayMs = Math.round(loop.percentile(99) / NANOSECONDS);
  const metrics = await gateway.metrics();
  globalThis.gc?.();
  const { rss, heapUsed, external } = process.memoryUsage();
  // What it took to collect is not the gateway's.
  setImmediate(() => loop.reset());
  return {
    residentMegabytes: rss / MEGABYTE,
    heapMegabytes: (heapUsed + external) / MEGABYTE,
    openFiles: readdirSync('/proc/self/fd').length,
    connections: Number(/^certbound_connections\{listener="public"\} (\d+)$/m.exec(metrics)?.[1]),
    loopDelayMs,
  };
}

async function stop(): Promise<void> {
  await gateway.close();
  loop.disable();
  process.disconnect?.();
}

function tell(told: Told): void {
  process.send?.(told);
}
