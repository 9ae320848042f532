import { test } from 'node:test';

import { addFigures, residentText, summaryLine } from '../support/load-figures.ts';
import type { LoadFigures } from '../support/load-figures.ts';
import { loadRequests } from '../support/load-size.ts';
import { stopUnderLoad } from '../support/stop-under-load.ts';

const STOPS = 30;

test(`F16: ${STOPS} stops under a mixed load lose no request that reached the gateway before it said so`, async (t) => {
  const all: LoadFigures[] = [];
  const portion = Math.ceil(loadRequests() / STOPS);
  for (let stop = 0; stop < STOPS; stop += 1) all.push(await stopUnderLoad(portion));
  t.diagnostic(summaryLine(`${STOPS} stops`, addFigures(all), [residentText()]));
});
