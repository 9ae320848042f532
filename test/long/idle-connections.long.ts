import assert from 'node:assert/strict';
import { test } from 'node:test';

import { holdConnections } from '../support/idle-connections.ts';
import { summaryLine } from '../support/load-figures.ts';
import { sizeOf } from '../support/load-size.ts';
import { startMeasuredGateway } from '../support/measured-gateway.ts';
import { EMBEDDED_REQUESTS } from '../support/mixed-requests.ts';
import { startMixedLoad } from '../support/mixed-load.ts';
import { EMBEDDED } from '../support/running-gateway.ts';

const CONNECTIONS = sizeOf('CERTBOUND_IDLE_CONNECTIONS', 10_000);
/** Memory that grows with the first connections only: code, caches, the heap's own room. */
const WARM_UP = 500;
/** Longer than it takes to open all of them. */
const IDLE_SECONDS = sizeOf('CERTBOUND_IDLE_SECONDS', 120);
/** Of a connection, and requests beside those that idle. */
const MOST_KILOBYTES = 90;
const REQUESTS = 2_000;

const YAML = `log: {level: warn}${EMBEDDED}`;

for (const end of ['the idle timeout', 'the stop of the gateway'] as const) {
  test(`F18: ${CONNECTIONS} idle connections cost little memory, leave others alone, and are all closed by ${end}`, async (t) => {
    const isStop = end === 'the stop of the gateway';
    const idle = isStop ? '1h' : `${IDLE_SECONDS}s`;
    const gateway = await startMeasuredGateway((clean) => t.after(clean), {
      yaml: YAML,
      listener: `    limits: {idle_timeout: ${idle}, max_connections: ${2 * CONNECTIONS}}\n`,
    });
    const load = startMixedLoad(gateway, { clients: 2, requests: EMBEDDED_REQUESTS });
    await load.more(REQUESTS);
    assert.deepEqual(await load.stop(), []);
    const warm = await holdConnections(gateway, WARM_UP);
    const before = await gateway.measure();
    const begunAt = performance.now();
    const held = await holdConnections(gateway, CONNECTIONS);
    const openedSeconds = (performance.now() - begunAt) / 1_000;
    assert.equal(
      held.open(),
      CONNECTIONS,
      'those that idle are closed before the last one is there',
    );
    const after = await gateway.measure();
    const beside = startMixedLoad(gateway, { clients: 2, requests: EMBEDDED_REQUESTS });
    await beside.more(REQUESTS);
    assert.deepEqual(await beside.stop(), []);

    const endedAt = performance.now();
    const stopped = isStop ? gateway.stop() : undefined;
    await Promise.all([warm.until(0), held.until(0)]);
    const closedSeconds = (performance.now() - endedAt) / 1_000;
    await stopped;
    assert.deepEqual([warm.broken(), held.broken()], [[], []]);
    const left = isStop ? undefined : await gateway.measure();

    const kilobytesOf = (megabytes: number): number => (megabytes * 1_048.576) / CONNECTIONS;
    const resident = kilobytesOf(after.residentMegabytes - before.residentMegabytes);
    const heap = kilobytesOf(after.heapMegabytes - before.heapMegabytes);
    t.diagnostic(
      summaryLine(`${CONNECTIONS} idle connections, closed by ${end}`, beside.figures(), [
        `p99 without them ${load.figures().p99Ms} ms`,
        `opened in ${openedSeconds.toFixed(1)} s`,
        `${resident.toFixed(1)} kB resident and ${heap.toFixed(1)} kB of heap each`,
        `resident ${before.residentMegabytes.toFixed(0)} -> ${after.residentMegabytes.toFixed(0)} MB`,
        `open files ${before.openFiles} -> ${after.openFiles} -> ${left?.openFiles ?? 0}`,
        `all closed after ${closedSeconds.toFixed(1)} s`,
      ]),
    );
    assert.ok(resident <= MOST_KILOBYTES, `${resident} kB each`);
    assert.ok((left?.openFiles ?? 0) <= before.openFiles);
  });
}
