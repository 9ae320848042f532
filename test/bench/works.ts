/** Everything that is measured, in the order of the table. */

import type { Work } from './bench.ts';
import { growth } from './work/growth.ts';
import { handshake } from './work/handshake.ts';
import { idle } from './work/idle.ts';
import { introspection } from './work/introspection.ts';
import { keepAlive } from './work/keep-alive.ts';
import { store } from './work/store.ts';
import { token } from './work/token.ts';
import { verdict } from './work/verdict.ts';
import { workers } from './work/workers.ts';

export const WORKS: readonly Work[] = [
  keepAlive,
  introspection,
  handshake,
  token,
  idle,
  store,
  verdict,
  growth,
  workers,
];
