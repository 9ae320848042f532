/** The clients of the configuration, and those that register themselves at the embedded service. */

import type { Client } from '../clients/client.ts';
import { createKeptClients } from '../clients/kept-clients.ts';
import { AUTHENTICATION_MEMBERS, readRegisteredMetadata } from '../clients/registered-metadata.ts';
import type { RegisteredFacts } from '../clients/registered-metadata.ts';
import { registeredClient } from '../clients/registered-client.ts';
import type { ClientList, ClientRegistry } from '../clients/registry.ts';
import { takesCertificates, vouches } from '../config/listener-modes.ts';
import type { Material } from '../config/check.ts';
import { redirectProblems } from '../config/redirect-uris.ts';
import type { Config, EmbeddedConfig } from '../config/schema.ts';
import type { Store } from '../store/store.ts';
import type { Telemetry } from '../telemetry/telemetry.ts';
import { loadClientIds } from '../token-service/registration/client-ids.ts';
import { projectClient } from '../token-service/registration/client-projection.ts';
import { createClientRows } from '../token-service/registration/client-rows.ts';
import type { ClientRow } from '../token-service/registration/client-rows.ts';
import type { ServiceRegistration } from '../token-service/registration/service-registration.ts';
import { openClientRegistry } from './client-record.ts';
import type { Parts } from './shared-parts.ts';

/** For so long another replica does not see a change; docs/token-service.md says it. Workers are told of it. */
const MAX_AGE_MS = 5_000;
/** Of clients at hand; with their key sets some 100 MB at worst. */
const MAX_KEPT = 1_000;

export interface KnownClients {
  /** Those of the configuration. */
  readonly configured: ClientList;
  /** All of them, those of the configuration first. */
  readonly registry: ClientRegistry;
  /** What the embedded service has to know; undefined where clients can't register. */
  readonly registration: ServiceRegistration | undefined;
}

export interface ClientsDeps {
  readonly material: Material;
  readonly store: Store;
  readonly telemetry: Telemetry;
  readonly parts: Parts;
}

/** @throws StartError for a client that can't be used, or a damaged key; StoreError. */
export async function openClients(config: Config, deps: ClientsDeps): Promise<KnownClients> {
  const configured = await openClientRegistry(config, deps.material);
  const { token_service: service } = config;
  if (!('embedded' in service) || service.embedded.registration === undefined) {
    return { configured, registry: configured, registration: undefined };
  }
  const { registration, profile } = service.embedded;
  const isProfiled = profile !== undefined;
  return openRegistered(registration, config, { configured, isProfiled, ...deps });
}

interface RegisteredDeps extends ClientsDeps {
  readonly configured: ClientList;
  /** Whether a security profile has tokens of all clients bound. */
  readonly isProfiled: boolean;
}

interface Found {
  readonly row: ClientRow;
  readonly facts: RegisteredFacts;
  readonly client: Client;
}

async function openRegistered(
  options: NonNullable<EmbeddedConfig['registration']>,
  config: Config,
  { configured, isProfiled, store, telemetry, parts }: RegisteredDeps,
): Promise<KnownClients> {
  const rules = { requiresBinding: isProfiled };
  const keyRules = { allowPrivateJwksUri: options.allow_private_jwks_uri };
  const ids = await loadClientIds(store);
  for (const { clientId } of configured.clients) {
    if (!ids.isOurs(clientId)) continue;
    telemetry.log('warn', 'a client of the configuration stands for one that registered itself', {
      client_id: clientId,
    });
  }
  const rows = createClientRows(store);

  const read = async (clientId: string): Promise<Found | undefined> => {
    const found = await rows.find(clientId);
    if (found === undefined) return undefined;
    const { row } = found;
    const outcome = await readRegisteredMetadata(row.metadata, rules);
    if ('facts' in outcome) {
      const { facts } = outcome;
      return { row, facts, client: registeredClient(row, facts, keyRules) };
    }
    // It was taken by rules that have become stricter since.
    const { member, text } = outcome.problem;
    telemetry.log('warn', 'a registered client can not be used', {
      client_id: clientId,
      detail: `${member} ${text}`,
    });
    return undefined;
  };
  // Of all generations that read alike: the service that is told of a change may be an older one's.
  const { kept, onChange } = parts.use(
    'registered clients',
    { rules, keyRules },
    (_, { tell, hear }) => {
      const clients = createKeptClients({
        read,
        maxAgeMs: MAX_AGE_MS,
        maxEntries: MAX_KEPT,
        now: () => performance.now(),
      });
      hear('client changed', clients.forget);
      return {
        kept: clients,
        onChange: (clientId: string) => {
          clients.forget(clientId);
          tell('client changed', clientId);
        },
      };
    },
  );
  // Names that strangers make up end here, without a question to the store.
  const find = async (clientId: string): Promise<Found | undefined> =>
    ids.isOurs(clientId) ? kept.find(clientId) : undefined;

  return {
    configured,
    registry: {
      find: (clientId) =>
        configured.find(clientId) ?? find(clientId).then((found) => found?.client),
    },
    registration: {
      rows,
      ids,
      isConfigured: (clientId) => configured.find(clientId) !== undefined,
      maxClients: options.max_clients,
      secretLifetimeMs: options.client_secret_lifetime,
      onChange,
      now: Date.now,
      find: async (clientId) => {
        const found = await find(clientId);
        return (
          found &&
          projectClient(found.row, {
            ...found.facts,
            authenticationMembers: AUTHENTICATION_MEMBERS,
          })
        );
      },
      acceptance: {
        readAuthentication: (metadata) => readRegisteredMetadata(metadata, rules),
        redirectProblems,
        authenticationMembers: AUTHENTICATION_MEMBERS,
        methods: methodsOf(config),
        grantTypes: options.grant_types,
        scopes: options.scopes,
      },
    },
  };
}

/** A client that could never present its certificate is refused, as in the configuration. */
function methodsOf({ listeners }: Config): readonly string[] {
  const asking = listeners.filter(takesCertificates);
  return [
    ...(asking.some(vouches) ? ['tls_client_auth'] : []),
    ...(asking.length > 0 ? ['self_signed_tls_client_auth'] : []),
    'client_secret_basic',
    'client_secret_post',
    'none',
  ];
}
