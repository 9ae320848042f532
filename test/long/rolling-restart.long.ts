import assert from 'node:assert/strict';
import { test } from 'node:test';

import { withoutHaproxy } from '../support/haproxy.ts';
import { startReplicaLoad } from '../support/replica-load.ts';
import { SHARINGS } from '../support/replica-settings.ts';

const ROUNDS = 20;
const CLIENTS = 8;

for (const name of ['redis', 'the embedded service over redis'] as const) {
  const { skip, start } = SHARINGS[name];
  test(
    `F16: ${ROUNDS} rolling restarts of two replicas behind HAProxy lose no request (${name})`,
    { skip: withoutHaproxy || skip },
    async (t) => {
      const { replicas, requests } = await start(t);
      const load = await startReplicaLoad(replicas, { clients: CLIENTS, ...requests });
      const began = performance.now();
      for (let round = 0; round < ROUNDS; round += 1) {
        for (const replica of [replicas.one, replicas.two]) {
          await load.more(10 * CLIENTS);
          assert.equal(await replica.stop(), 0);
          await load.more(10 * CLIENTS);
          await replica.start();
        }
        assert.deepEqual(load.lost(), [], `in round ${round}`);
      }
      await load.stop();
      assert.deepEqual(load.lost(), []);
      const seconds = Math.round((performance.now() - began) / 1_000);
      t.diagnostic(`${load.answered()} requests answered in ${seconds} s, none lost`);
    },
  );
}
