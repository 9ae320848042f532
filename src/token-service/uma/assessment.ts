/** What is granted of what a ticket stands for (UMA 2.0 Grant section 3.3.4). */

import { allowedScopes, registeredScopes } from './policy.ts';
import type { Permission } from './permission.ts';
import type { Policy, Requester } from './policy.ts';
import type { Resource } from './resource.ts';

export interface Asked {
  /** Of the ticket, with the resources that are still there. */
  readonly permissions: readonly {
    readonly resource: Resource;
    readonly scopes: readonly string[];
  }[];
  /** Scopes that the client asks for beside those of the ticket. */
  readonly requestedScopes: readonly string[];
}

/** `invalid_scope`: the client asks for one that it may not ask for or that no resource has. */
export type Assessment = readonly Permission[] | 'invalid_scope';

/**
 * Returns what is granted, resource by resource: those scopes that a policy allows, also where it
 * allows fewer than the ticket has. Nothing is granted of a resource without any.
 */
export function assess(
  { permissions, requestedScopes }: Asked,
  requester: Requester,
  policies: readonly Policy[],
): Assessment {
  const registered = registeredScopes(policies, requester.clientId);
  const requested = new Set(requestedScopes);
  const available = new Set(permissions.flatMap(({ resource }) => resource.scopes));
  if (!requested.isSubsetOf(registered) || !requested.isSubsetOf(available)) return 'invalid_scope';

  return permissions.flatMap(({ resource, scopes }) => {
    // What the resource does not have `allowedScopes` leaves out.
    const candidates = new Set(scopes).union(requested);
    const granted = candidates.intersection(allowedScopes(policies, requester, resource));
    return granted.size === 0 ? [] : [{ resourceId: resource.id, scopes: [...granted] }];
  });
}
