/** Policies of User-Managed Access that give what none gave before. */

import type { EmbeddedConfig } from '../schema.ts';

type Policy = NonNullable<EmbeddedConfig['uma']>['policies'][number];

const KEY = 'token_service.embedded.uma.policies';

/** Returns a line for each policy that is within none of those before. */
export function* addedPolicies(
  before: readonly Policy[],
  after: readonly Policy[],
): Iterable<readonly string[]> {
  const same = new Set(before.map((one) => JSON.stringify(one)));
  // One that covers another has its clients, so that only those of one client are compared.
  const ofClient = new Map<string, Policy[]>();
  for (const policy of before) {
    for (const client of policy.clients) {
      const known = ofClient.get(client);
      if (known === undefined) ofClient.set(client, [policy]);
      else known.push(policy);
    }
  }
  for (const [index, policy] of after.entries()) {
    const candidates = ofClient.get(policy.clients[0] ?? '') ?? [];
    const isGiven =
      same.has(JSON.stringify(policy)) || candidates.some((one) => covers(one, policy));
    yield isGiven
      ? []
      : [`${KEY}.${index}: gives ${policy.clients.join(', ')} what no policy gave`];
  }
}

function covers(wide: Policy, narrow: Policy): boolean {
  return (
    isWithin(narrow.clients, wide.clients) &&
    isForNoMore(narrow, wide) &&
    isWithin(narrow.resources, wide.resources) &&
    isWithin(narrow.resource_types, wide.resource_types) &&
    isWithin(narrow.scopes, wide.scopes)
  );
}

/** With neither users nor an owner it is for the clients, whoever they act for. */
function isForNoMore(narrow: Policy, wide: Policy): boolean {
  if (wide.users === undefined && wide.owner === undefined) return true;
  if (wide.owner !== narrow.owner) return false;
  return wide.users === undefined
    ? narrow.users === undefined
    : narrow.users !== undefined && isWithin(narrow.users, wide.users);
}

function isWithin(some: readonly string[], all: readonly string[]): boolean {
  return some.every((one) => all.includes(one));
}
