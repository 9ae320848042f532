/** Who a token speaks for, and whether they are there still. */

import type { FindRegistered, ServiceClient } from '../clients/client-metadata.ts';
import type { Passwords } from '../passwords.ts';

export interface TokenHolder {
  readonly clientId: string;
  readonly user?: string | undefined;
}

/** Whether there is such a client, and such a user if there is one. Rejects with StoreError. */
export type HolderCheck = (holder: TokenHolder) => Promise<boolean>;

export interface Holders {
  readonly clients: readonly ServiceClient[];
  readonly passwords?: Pick<Passwords, 'hasUser'> | undefined;
  readonly registration?: { readonly find: FindRegistered } | undefined;
}

export function createHolderCheck({ clients, passwords, registration }: Holders): HolderCheck {
  const configured = new Set(clients.map(({ clientId }) => clientId));
  return async ({ clientId, user }) => {
    if (user !== undefined && passwords?.hasUser(user) !== true) return false;
    return configured.has(clientId) || (await registration?.find(clientId)) !== undefined;
  };
}
