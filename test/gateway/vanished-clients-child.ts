/**
 * Runs in a network of its own: clients that go without a word, since nothing that would end their
 * connections arrives. Prints how long the gateway held them. Takes their number and its idle timeout.
 */

import process from 'node:process';
import { readdirSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';

import { holdConnections } from '../support/idle-connections.ts';
import { droppedPackets, dropPackets, POOR_ADDRESS } from '../support/network-world.ts';
import { EMBEDDED, startGateway } from '../support/running-gateway.ts';

const POLL_MS = 100;

const [count = 0, idleSeconds = 0] = process.argv.slice(2).map(Number);
const gateway = await startGateway({
  yaml: `log: {level: warn}${EMBEDDED}`,
  listener: `    limits: {idle_timeout: ${idleSeconds}s, max_connections: ${2 * count}, handshake_timeout: 5m}\n`,
});
const held = await holdConnections(gateway, count, { localAddress: POOR_ADDRESS });
const before = await connections();
dropPackets(`ip saddr ${POOR_ADDRESS} tcp flags & (fin | rst) != 0`);
const goneAt = performance.now();
held.destroy();
// Those of the clients, which are in this process, are closed by then.
await pause(POLL_MS);
const files = openFiles();
while ((await connections()) > 0) await pause(POLL_MS);
const heldSeconds = (performance.now() - goneAt) / 1_000;
process.stdout.write(
  `${JSON.stringify({
    before,
    heldSeconds,
    filesReclaimed: files - openFiles(),
    dropped: droppedPackets(),
  })}\n`,
);
await gateway.close();

async function connections(): Promise<number> {
  const metrics = await gateway.metrics();
  return Number(/^certbound_connections\{listener="public"\} (\d+)$/m.exec(metrics)?.[1]);
}

function openFiles(): number {
  return readdirSync('/proc/self/fd').length;
}
