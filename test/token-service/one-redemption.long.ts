import { test } from 'node:test';

import { SHARED_STORES } from './shared-stores.ts';
import { createInstallation } from '../support/gateway-process.ts';
import { redeemInParallel } from './one-redemption.ts';

for (const { engine, skip, prepare } of SHARED_STORES) {
  test(
    `T44: a hundred rounds of 200 redemptions at two processes over ${engine}, one success each`,
    { skip },
    async (t) => {
      const onEnd = (clean: () => Promise<void>): void => t.after(clean);
      const installation = await createInstallation(onEnd, await prepare(onEnd));
      const { refused } = await redeemInParallel(installation, { rounds: 100 });
      t.diagnostic(`${refused} redemptions refused`);
    },
  );
}

test('T44: ten rounds of 200 redemptions at four workers over sqlite, one success each', async (t) => {
  const onEnd = (clean: () => Promise<void>): void => t.after(clean);
  const installation = await createInstallation(onEnd, 'path: data/store.sqlite', 4);
  const { refused } = await redeemInParallel(installation, { rounds: 10, gateways: 1 });
  t.diagnostic(`${refused} redemptions refused`);
});
