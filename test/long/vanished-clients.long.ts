import { test } from 'node:test';

import { vanish } from '../gateway/vanished-clients.ts';
import { sizeOf } from '../support/load-size.ts';
import { withoutNetworkWorld } from '../support/network-world.ts';

const CLIENTS = sizeOf('CERTBOUND_VANISHED_CLIENTS', 5_000);
const IDLE_SECONDS = 65;

test(
  `F19: connections of ${CLIENTS} clients whose last packets are dropped end with the idle timeout`,
  { skip: withoutNetworkWorld() },
  (t) => vanish(t, CLIENTS, IDLE_SECONDS),
);
