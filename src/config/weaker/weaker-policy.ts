/**
 * What a new configuration lets pass that the one before refused. Nothing is refused for it: whoever
 * changes a policy may mean it, but must not do it unnoticed. A new client, listener or certificate is
 * no weaker policy; test/config/weaker-keys.test.ts says of each key of the schema which it is.
 */

import { inSlices } from '../in-slices.ts';
import type { ConfigState } from '../restart-keys.ts';
import { weakerClients } from './client-rules.ts';
import { weakerListeners } from './listener-rules.ts';
import { weakerPaths } from './path-rules.ts';
import { weakerRates } from './rate-rules.ts';
import { weakerService } from './service-rules.ts';
import { TRUST_RULES } from './trust-rules.ts';
import { weakerByRules } from './strictness.ts';

/** One more line than these is no news to anybody. */
const MAX_LINES = 100;

/** Returns one line for each weakening, with the key where it stands and what it was and is. */
export async function weakerPolicies(
  before: ConfigState,
  after: ConfigState,
): Promise<readonly string[]> {
  const all = await inSlices(pieces(before, after));
  if (all.length <= MAX_LINES) return all;
  return [...all.slice(0, MAX_LINES), `${all.length - MAX_LINES} more`];
}

function* pieces(before: ConfigState, after: ConfigState): Iterable<readonly string[]> {
  yield weakerByRules('', TRUST_RULES, [before, after]);
  yield* weakerListeners(before.material.listeners, after.material.listeners);
  yield weakerRates(before.config, after.config);
  yield* weakerService(before, after);
  yield* weakerClients(before, after);
  yield* weakerPaths(before.config, after.config);
}
