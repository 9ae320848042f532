/** The registration of a service over a memory store, with a clock and a store that can fail. */

import type { TestContext } from 'node:test';

import {
  AUTHENTICATION_MEMBERS,
  readRegisteredMetadata,
} from '../../src/clients/registered-metadata.ts';
import { redirectProblems } from '../../src/config/redirect-uris.ts';
import { RequestError } from '../../src/errors.ts';
import { createMemoryStore } from '../../src/store/memory.ts';
import type { Store } from '../../src/store/store.ts';
import type { ClientRegistration } from '../../src/token-service/registration/client-registration.ts';
import { loadClientIds } from '../../src/token-service/registration/client-ids.ts';
import { createClientRows } from '../../src/token-service/registration/client-rows.ts';
import type { ClientRow } from '../../src/token-service/registration/client-rows.ts';
import { createTokenService } from '../../src/token-service/token-service.ts';
import type { ServiceRegistration } from '../../src/token-service/registration/service-registration.ts';
import { ISSUER, KEY_POLICY, usualLimits } from './running-service.ts';

export interface RegisteringService {
  readonly registration: ClientRegistration;
  /** client_ids that were told to have changed. */
  readonly changes: readonly string[];
  /** The row in the store. */
  row(clientId: string): Promise<ClientRow | undefined>;
  /** Milliseconds since the epoch. */
  setNow(to: number): void;
}

export async function startRegistration(
  t: TestContext,
  {
    store = createMemoryStore({ maxRecords: 1_000 }),
    ...options
  }: Partial<ServiceRegistration> & { readonly store?: Store } = {},
): Promise<RegisteringService> {
  const changes: string[] = [];
  let moment = Date.now();
  const rows = createClientRows(store);
  const service = await createTokenService({
    issuer: ISSUER,
    clients: [],
    introspectionCallers: [],
    accessTokenLifetimeMs: 600_000,
    signingKeys: KEY_POLICY,
    strangers: usualLimits(),
    store,
    log: () => undefined,
    registration: {
      rows,
      ids: await loadClientIds(store),
      isConfigured: () => false,
      acceptance: {
        readAuthentication: readRegisteredMetadata,
        redirectProblems,
        authenticationMembers: AUTHENTICATION_MEMBERS,
        methods: [
          'self_signed_tls_client_auth',
          'tls_client_auth',
          'client_secret_basic',
          'client_secret_post',
        ],
        grantTypes: ['client_credentials', 'refresh_token'],
        scopes: ['openid'],
      },
      find: async () => undefined,
      onChange: (clientId) => void changes.push(clientId),
      maxClients: 100,
      secretLifetimeMs: undefined,
      now: () => moment,
      ...options,
    },
  });
  t.after(() => service.close());
  if (service.registration === undefined) throw new Error('no registration');
  return {
    registration: service.registration,
    changes,
    row: async (clientId) => (await rows.find(clientId))?.row,
    setNow: (to) => void (moment = to),
  };
}

/** Whether it is a refusal with this wire code and text. */
export function refusedAs(code: string, text: RegExp = /./) {
  return (error: unknown): boolean =>
    error instanceof RequestError && error.code === code && text.test(error.publicText);
}
