/** A client that registered itself, as the provider is told of it: what the gateway decides is left out. */

import type { ServiceClient } from '../clients/client-metadata.ts';
import type { ClientRow, SecretRow } from './client-rows.ts';

/** How a client authenticates, as the gateway has read it. */
export interface AuthenticationFacts {
  readonly method: ServiceClient['method'];
  readonly binding: ServiceClient['binding'];
}

export interface ProjectionFacts extends AuthenticationFacts {
  /** The members that the gateway reads. */
  readonly authenticationMembers: readonly string[];
}

/**
 * The provider's name of a method is that of what the gateway presents: a secret goes on in one
 * way, and it is the digest, which is all that is stored.
 */
export function projectClient(
  {
    clientId,
    metadata,
    secret,
  }: Pick<ClientRow, 'clientId' | 'metadata'> & {
    readonly secret?: Pick<SecretRow, 'sha256'> | undefined;
  },
  { method, binding, authenticationMembers }: ProjectionFacts,
): ServiceClient {
  const left = new Set(authenticationMembers);
  return {
    clientId,
    method: hasSecret(method) ? 'client_secret_post' : method,
    secret: secret?.sha256,
    grantTypes: [],
    binding,
    members: Object.fromEntries(Object.entries(metadata).filter(([name]) => !left.has(name))),
  };
}

export function hasSecret(method: ServiceClient['method']): boolean {
  return method === 'client_secret_basic' || method === 'client_secret_post';
}
