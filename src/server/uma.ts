/** User-Managed Access of the embedded service: its options, and its paths. */

import type { EmbeddedConfig } from '../config/schema.ts';
import type { GuardedPath } from '../gateway/guarded-paths.ts';
import { createPassEndpoint } from '../oauth/pass.ts';
import { UMA_PATHS } from '../token-service/uma/paths.ts';
import type { UmaOptions } from '../token-service/uma/uma.ts';
import { plainRoute } from './named-route.ts';
import type { NamedRoute } from './named-route.ts';
import type { RoutingDeps } from './routes.ts';
import { sharedAllowance } from './shared-counts.ts';
import type { Parts } from './shared-parts.ts';

export function umaOptions({ uma }: EmbeddedConfig, parts: Parts): UmaOptions | undefined {
  if (uma === undefined) return undefined;
  const { ticket_lifetime: lifetimeMs, max_tickets: maxTickets } = uma;
  return {
    permissionInformation: uma.permission_information,
    ticketLifetimeMs: lifetimeMs,
    maxResources: uma.max_resources,
    mayIssue: parts.use('permission tickets', { lifetimeMs, maxTickets }, (_, others) =>
      sharedAllowance({ lifetimeMs, maxTickets }, others),
    ),
    policies: uma.policies.map(({ users, owner, ...policy }) => ({
      clients: policy.clients,
      requester: users === undefined ? (owner ? 'owner' : undefined) : { users },
      resources: policy.resources,
      resourceTypes: policy.resource_types,
      scopes: policy.scopes,
    })),
  };
}

export interface UmaRoutes {
  readonly routes: readonly NamedRoute[];
  /** With an id behind the path. */
  readonly below: readonly GuardedPath[];
}

/** Passed as they are: the service looks at the token and compares the certificate. */
export function umaRoutes({ server }: Pick<RoutingDeps, 'server'>): UmaRoutes {
  const pass = createPassEndpoint(server);
  const resources = { name: 'protection_api', endpoint: pass, isOauth: false } as const;
  return {
    routes: [
      plainRoute('metadata', UMA_PATHS.metadata, pass),
      plainRoute('protection_api', UMA_PATHS.permission, pass),
    ],
    below: [{ path: `${UMA_PATHS.resources}/*`, route: resources }],
  };
}
