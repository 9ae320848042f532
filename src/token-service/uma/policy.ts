/** Who may have which scopes of which resources. Whatever no policy says is refused. */

import type { Resource } from './resource.ts';

export interface Policy {
  /** client_ids of the clients that it is for. */
  readonly clients: readonly string[];
  /**
   * For whom a client must act, as it proves by a token of that user: one of these users, or the owner
   * of the resource. Undefined: whoever it acts for, nobody included.
   */
  readonly requester: { readonly users: readonly string[] } | 'owner' | undefined;
  /** Ids and types of resources; one that is in either list is meant. */
  readonly resources: readonly string[];
  readonly resourceTypes: readonly string[];
  readonly scopes: readonly string[];
}

/** A client and the user it acts for, if any. */
export interface Requester {
  readonly clientId: string;
  readonly user?: string | undefined;
}

/** The scopes of the resource that the requester may have. */
export function allowedScopes(
  policies: readonly Policy[],
  requester: Requester,
  resource: Resource,
): ReadonlySet<string> {
  const allowed = policies
    .filter((policy) => isFor(policy, requester, resource) && isMeant(policy, resource))
    .flatMap(({ scopes }) => scopes);
  return new Set(allowed).intersection(new Set(resource.scopes));
}

/** Scopes that the client may ask for by itself: those of the policies that name it. */
export function registeredScopes(
  policies: readonly Policy[],
  clientId: string,
): ReadonlySet<string> {
  const own = policies.filter(({ clients }) => clients.includes(clientId));
  return new Set(own.flatMap(({ scopes }) => scopes));
}

function isMeant({ resources, resourceTypes }: Policy, { id, type }: Resource): boolean {
  return resources.includes(id) || (type !== undefined && resourceTypes.includes(type));
}

function isFor(
  { clients, requester }: Policy,
  { clientId, user }: Requester,
  { owner }: Resource,
): boolean {
  if (!clients.includes(clientId)) return false;
  if (requester === undefined) return true;
  if (user === undefined) return false;
  return requester === 'owner' ? owner.user === user : requester.users.includes(user);
}
