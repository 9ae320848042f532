/** One gateway that stops while clients never stop asking. */

import assert from 'node:assert/strict';

import type { LoadFigures } from './load-figures.ts';
import { EMBEDDED_REQUESTS } from './mixed-requests.ts';
import { startMixedLoad } from './mixed-load.ts';
import { EMBEDDED, startGateway } from './running-gateway.ts';

/** Stops it once so many requests are answered; demands that none was lost. */
export async function stopUnderLoad(requests: number): Promise<LoadFigures> {
  const gateway = await startGateway({ yaml: EMBEDDED });
  let isStopping = false;
  const load = startMixedLoad(gateway, {
    clients: 5,
    requests: EMBEDDED_REQUESTS,
    isStopping: () => isStopping,
  });
  await load.more(requests);
  isStopping = true;
  await gateway.close();
  assert.deepEqual(await load.stop(), []);
  return load.figures();
}
