import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';

import { runInNetwork, withoutNetworkWorld } from '../support/network-world.ts';
import { vanish } from './vanished-clients.ts';

interface Told {
  readonly statuses: Readonly<Record<string, number>>;
  readonly dropped: number;
}

const skip = withoutNetworkWorld();

test(
  'F19: connections of clients whose last packets are dropped end with the idle timeout',
  { skip },
  (t) => vanish(t, 30, 2),
);

test(
  'F24: two packets of a hundred lost, a round trip of 100 ms, packets of 1280 octets, or of one: every handshake succeeds, and the same clients are let in',
  { skip },
  async (t) => {
    const program = join(import.meta.dirname, 'bad-network-child.ts');
    const { statuses, dropped } = (await runInNetwork(t, program)) as Told;
    t.diagnostic(`${dropped} packets dropped`);
    assert.ok(dropped > 0);
    assert.deepEqual(statuses, {
      'whole TLSv1.2 200': 6,
      'whole TLSv1.2 401': 2,
      'whole TLSv1.3 200': 6,
      'whole TLSv1.3 401': 2,
      'octets TLSv1.2 200': 6,
      'octets TLSv1.2 401': 2,
      'octets TLSv1.3 200': 6,
      'octets TLSv1.3 401': 2,
    });
  },
);
