import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';

import { residentText, summaryLine } from '../support/load-figures.ts';
import { loadRequests } from '../support/load-size.ts';
import { STORE_SERVERS, storeOutage } from '../support/store-outage.ts';

const DOWN_MS = 60_000;
const RECOVERY_MS = 5_000;

for (const engine of ['redis', 'postgres'] as const) {
  test(
    `F04: a minute without ${engine} lets nobody pass unbound, leaves open paths alone, and is over at once`,
    { skip: STORE_SERVERS[engine].skip },
    async (t) => {
      const { figures, recoveryMs, refusedThief, served } = await storeOutage(t, {
        engine,
        requests: Math.ceil(loadRequests() / 2),
        outage: () => pause(DOWN_MS),
      });
      t.diagnostic(
        summaryLine(`${DOWN_MS / 1_000} s without ${engine}`, figures, [
          `recovered in ${recoveryMs} ms`,
          `${refusedThief} refused with the token of another client, 0 let pass`,
          `${served} served at an open path`,
          residentText(),
        ]),
      );
      assert.ok(recoveryMs < RECOVERY_MS, `${recoveryMs} ms`);
    },
  );
}
