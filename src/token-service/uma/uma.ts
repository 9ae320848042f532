/** User-Managed Access 2.0, as far as it goes without gathering claims. */

import type { Store } from '../../store/store.ts';
import type { ServiceClient } from '../clients/client-metadata.ts';
import type { GatewayDecisions } from '../gateway-decision.ts';
import type { Log } from '../log.ts';
import type { LoadedProvider, OidcProvider } from '../provider.ts';
import { createLiveTokens } from './live-token.ts';
import { publishUmaMetadata } from './metadata.ts';
import type { Allowance } from './allowance.ts';
import type { Policy } from './policy.ts';
import { addProtectionApi } from './protection-api.ts';
import { PROTECTION_SCOPE } from './protection-token.ts';
import { createRequestingPartyTokens } from './requesting-party-token.ts';
import type { RequestingPartyTokens } from './requesting-party-token.ts';
import { createResources } from './resources.ts';
import { createTickets } from './tickets.ts';
import type { HolderCheck } from './token-holder.ts';
import { addUmaGrant } from './uma-grant.ts';

export interface UmaOptions {
  readonly policies: readonly Policy[];
  readonly permissionInformation: boolean;
  readonly ticketLifetimeMs: number;
  readonly maxResources: number;
  /** Of permission tickets. */
  readonly mayIssue: Allowance;
}

export interface UmaDeps {
  readonly clients: readonly ServiceClient[];
  readonly store: Store;
  readonly isKnown: HolderCheck;
}

export interface UmaParts {
  readonly issuer: string;
  readonly decisions: GatewayDecisions;
  readonly loaded: LoadedProvider;
  readonly log: Log;
}

export interface Uma {
  readonly tokens: RequestingPartyTokens;
  /** Adds the grant, the protection API and the metadata to the provider. */
  addTo(provider: OidcProvider, parts: UmaParts): void;
}

export function createUma(options: UmaOptions, { clients, store, isKnown }: UmaDeps): Uma {
  const { policies, permissionInformation, ticketLifetimeMs, maxResources, mayIssue } = options;
  const resourceServers = clients.filter(({ scopes }) => scopes?.includes(PROTECTION_SCOPE));
  const serverIds = new Set(resourceServers.map(({ clientId }) => clientId));
  const resources = createResources({ store, maxResources });
  const tickets = createTickets({
    store,
    lifetimeMs: ticketLifetimeMs,
    mayIssue,
    now: Date.now,
  });
  const standing = { resources, isKnown };
  const tokens = createRequestingPartyTokens({ policies, permissionInformation }, standing);

  return {
    tokens,
    addTo(provider, { issuer, decisions, loaded, log }) {
      const findToken = createLiveTokens(provider, isKnown);
      const shared = { resources, tickets, findToken, decisions };
      const isResourceServer = (clientId: string): boolean => serverIds.has(clientId);
      addUmaGrant(provider, { ...shared, ...standing, policies, tokens, loaded });
      publishUmaMetadata(provider, issuer);
      addProtectionApi(provider, { ...shared, isResourceServer, issuer, log });
    },
  };
}
