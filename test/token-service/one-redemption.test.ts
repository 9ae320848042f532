import { test } from 'node:test';

import { SHARED_STORES } from './shared-stores.ts';
import { createInstallation } from '../support/gateway-process.ts';
import { redeemInParallel } from './one-redemption.ts';

for (const { engine, skip, prepare } of SHARED_STORES) {
  test(
    `T44: of 200 redemptions of a refresh token at two processes over ${engine} exactly one succeeds`,
    { skip },
    async (t) => {
      const onEnd = (clean: () => Promise<void>): void => t.after(clean);
      await redeemInParallel(await createInstallation(onEnd, await prepare(onEnd)), { rounds: 10 });
    },
  );
}

test('T44: of 200 redemptions of a refresh token at two gateways of two workers each exactly one succeeds', async (t) => {
  const onEnd = (clean: () => Promise<void>): void => t.after(clean);
  await redeemInParallel(await createInstallation(onEnd, 'path: data/store.sqlite', 2), {
    rounds: 3,
  });
});

test('T44: of 200 redemptions of a refresh token at four workers over sqlite exactly one succeeds', async (t) => {
  const onEnd = (clean: () => Promise<void>): void => t.after(clean);
  const installation = await createInstallation(onEnd, 'path: data/store.sqlite', 4);
  await redeemInParallel(installation, { rounds: 2, gateways: 1 });
});
