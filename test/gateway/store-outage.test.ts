import { test } from 'node:test';

import { summaryLine } from '../support/load-figures.ts';
import { STORE_SERVERS, storeOutage } from '../support/store-outage.ts';

for (const engine of ['redis', 'postgres'] as const) {
  test(
    `F04: under a mixed load nobody passes unbound while ${engine} is away, and all is served when it is back`,
    { skip: STORE_SERVERS[engine].skip },
    async (t) => {
      const { figures, recoveryMs } = await storeOutage(t, {
        engine,
        requests: 50,
        outage: (more) => more(100),
      });
      t.diagnostic(summaryLine(`without ${engine}`, figures, [`recovered in ${recoveryMs} ms`]));
    },
  );
}
