/** One gateway that stops while clients never stop asking. */

import assert from 'node:assert/strict';

import { startMixedLoad } from './mixed-load.ts';
import { EMBEDDED, startGateway } from './running-gateway.ts';

/** Returns how many requests were answered; demands that none was lost. */
export async function stopUnderLoad(): Promise<number> {
  const gateway = await startGateway({ yaml: EMBEDDED });
  let isStopping = false;
  const load = startMixedLoad(gateway, { clients: 5, isStopping: () => isStopping });
  await load.more(50);
  isStopping = true;
  await gateway.close();
  assert.deepEqual(await load.stop(), []);
  return load.answered();
}
