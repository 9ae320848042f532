import assert from 'node:assert/strict';
import { test } from 'node:test';

import { residentBytes } from '../bench/process-cost.ts';
import { withoutHaproxy } from '../support/haproxy.ts';
import { summaryLine } from '../support/load-figures.ts';
import { loadRequests } from '../support/load-size.ts';
import { startMixedLoad } from '../support/mixed-load.ts';
import { SHARINGS } from '../support/replica-settings.ts';

const MEGABYTE = 1_048_576;
const ROUNDS = 20;
/** Of HTTP/1.1, and as many of HTTP/2. */
const CLIENTS = 4;

for (const name of ['redis', 'the embedded service over redis'] as const) {
  const { skip, start } = SHARINGS[name];
  test(
    `F16: ${ROUNDS} rolling restarts of two replicas behind HAProxy lose no request of a mixed load (${name})`,
    { skip: withoutHaproxy || skip },
    async (t) => {
      const { replicas, requests } = await start(t);
      const load = startMixedLoad(replicas, { clients: CLIENTS, requests });
      const residents: number[] = [];
      // While a replica is down, and while both are there.
      const portion = Math.ceil(loadRequests() / (4 * ROUNDS));
      for (let round = 0; round < ROUNDS; round += 1) {
        for (const replica of [replicas.one, replicas.two]) {
          await load.more(portion);
          residents.push(residentBytes([replica.pid()]) / MEGABYTE);
          assert.equal(await replica.stop(), 0);
          await load.more(portion);
          await replica.start();
        }
        assert.deepEqual(load.lost(), [], `in round ${round}`);
      }
      assert.deepEqual(await load.stop(), []);
      t.diagnostic(
        summaryLine(`${ROUNDS} rolling restarts (${name})`, load.figures(), [
          `replicas resident with ${Math.round(Math.max(...residents))} MB at most`,
        ]),
      );
    },
  );
}
