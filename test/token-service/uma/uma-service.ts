/** The service with a resource server and clients for UMA, asked as the gateway asks it. */

import type { TestContext } from 'node:test';

import { StoreError } from '../../../src/errors.ts';
import { createMemoryStore } from '../../../src/store/memory.ts';
import type { Store } from '../../../src/store/store.ts';
import type { ServiceClient } from '../../../src/token-service/clients/client-metadata.ts';
import type { UmaOptions } from '../../../src/token-service/uma/uma.ts';
import type { Issued } from '../../support/pki.ts';
import { ADMIN, startService } from '../running-service.ts';
import type { Answer, Ask } from '../running-service.ts';

export const RESOURCES = '/oauth2/uma/resource_set';
export const PERMISSION = '/oauth2/uma/permission';
const UMA_GRANT = 'urn:ietf:params:oauth:grant-type:uma-ticket';

export const ALBUM = { type: 'album', resource_scopes: ['view'] } as const;

/** Viewers may see albums, for whomever they act. */
export const UMA: UmaOptions = {
  policies: [
    {
      clients: ['viewer'],
      requester: undefined,
      resources: [],
      resourceTypes: ['album'],
      scopes: ['view'],
    },
  ],
  permissionInformation: true,
  ticketLifetimeMs: 60_000,
  maxResources: 10,
  mayIssue: () => true,
};

const BY_CERTIFICATE = { method: 'self_signed_tls_client_auth', binding: 'required' } as const;

const PHOTOS: ServiceClient = {
  ...BY_CERTIFICATE,
  clientId: 'photos',
  grantTypes: ['client_credentials', 'password'],
  scopes: ['uma_protection'],
};

export const CLIENTS: readonly ServiceClient[] = [
  PHOTOS,
  { ...BY_CERTIFICATE, clientId: 'viewer', grantTypes: ['password', UMA_GRANT] },
  // Its tokens are good in any hands.
  { ...BY_CERTIFICATE, clientId: 'loose', binding: 'off', grantTypes: ['password', UMA_GRANT] },
  ADMIN,
];

type Form = Readonly<Record<string, string>>;

export interface UmaServiceOptions {
  readonly store?: Store;
  readonly uma?: UmaOptions;
  readonly clients?: readonly ServiceClient[];
  /** Names of users; each has any password. */
  readonly users?: readonly string[];
}

export async function startUmaService(
  t: TestContext,
  { store, uma = UMA, clients = CLIENTS, users = [] }: UmaServiceOptions = {},
) {
  const service = await startService(t, {
    clients,
    uma,
    passwordGrant: true,
    passwords: { hasUser: (name) => users.includes(name), verify: async () => 'right' },
    ...(store !== undefined && { store }),
  });

  const askToken = (
    clientId: string,
    form: Form,
    certificate: Issued = service.registered,
  ): Promise<Answer> =>
    service.ask('/oauth2/token', {
      certificate,
      decidedFor: clientId,
      form: { client_id: clientId, ...form },
    });
  const tokenOf = (answer: Answer): string => String(answer.json()['access_token']);

  const protectionToken = async (user?: string): Promise<string> => {
    const grant =
      user === undefined
        ? { grant_type: 'client_credentials' }
        : { grant_type: 'password', username: user, password: 'any' };
    return tokenOf(await askToken('photos', { ...grant, scope: 'uma_protection' }));
  };

  /** A request to the protection API. */
  const call = (pat: string, path: string, body?: unknown, facts: Ask = {}): Promise<Answer> =>
    service.ask(path, {
      method: body === undefined ? 'GET' : 'POST',
      certificate: service.registered,
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      ...facts,
      headers: {
        authorization: `Bearer ${pat}`,
        'content-type': 'application/json',
        ...facts.headers,
      },
    });

  return {
    service,
    askToken,
    protectionToken,
    call,
    userToken: async (clientId: string, username: string) =>
      tokenOf(await askToken(clientId, { grant_type: 'password', username, password: 'any' })),

    /** The id of a new album. */
    register: async (pat: string) => String((await call(pat, RESOURCES, ALBUM)).json()['_id']),
    /** A ticket to see it. */
    ticket: async (pat: string, id: string) => {
      const asked = { resource_id: id, resource_scopes: ['view'] };
      return String((await call(pat, PERMISSION, asked)).json()['ticket']);
    },
    redeem: (ticket: string, form: Form = {}, certificate?: Issued) =>
      askToken('viewer', { grant_type: UMA_GRANT, ticket, ...form }, certificate),
    introspect: (token: string) => service.introspect(token, { basic: ['admin', 'admin secret'] }),
  };
}

/** A store whose records of one place fail once it is told so, and whose clock can be moved. */
export function createTroubledStore(t: TestContext) {
  let later = 0;
  let broken: string | undefined;
  const memory = createMemoryStore({ maxRecords: 1_000, now: () => Date.now() + later });
  t.after(() => memory.close());
  const refuse = (space: string, key: string): void => {
    if (broken === undefined || !`${space} ${key}`.startsWith(broken)) return;
    throw new StoreError('store_unavailable', 'the disk is gone');
  };
  const written: { readonly space: string; readonly key: string }[] = [];
  const store: Store = {
    ...memory,
    get: async (space, key) => {
      refuse(space, key);
      return memory.get(space, key);
    },
    put: async (space, key, value, options) => {
      refuse(space, key);
      written.push({ space, key });
      return memory.put(space, key, value, options);
    },
    findByTag: async (space, tag) => {
      refuse(space, tag);
      return memory.findByTag(space, tag);
    },
  };
  return {
    store,
    /** The names of all records that were ever written. */
    written: written as readonly (typeof written)[number][],
    fail: (place: string) => void (broken = place),
    advance: (ms: number) => void (later += ms),
  };
}
