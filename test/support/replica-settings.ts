/** What replicas can share, each with a server and clients to try it. */

import type { TestContext } from 'node:test';

import { formatPasswordHash } from '../../src/users/password-hash.ts';
import { hashPassword } from '../../src/users/hash-password.ts';
import { basic } from './https-client.ts';
import { createLoadClient } from './load-client.ts';
import type { LoadAnswer, LoadClient, LoadRequest } from './load-request.ts';
import type { MixedRequests } from './mixed-requests.ts';
import { startPlainProvider } from './plain-provider.ts';
import { startPostgres, withoutPostgres } from './postgres-server.ts';
import { startRedis, withoutRedis } from './redis-server.ts';
import { startReplicas } from './replicas.ts';
import type { Replicas } from './replicas.ts';

export interface SharedReplicas {
  readonly replicas: Replicas;
  readonly requests: MixedRequests;
  /** The answer with a refresh token that a user's consent, or password, brings. */
  begin(client: LoadClient): Promise<LoadAnswer>;
}

export interface Sharing {
  readonly skip: string | false;
  readonly start: (t: TestContext) => Promise<SharedReplicas>;
}

const TOKEN = '/oauth2/token';
const DEVICE = 'urn:ietf:params:oauth:grant-type:device_code';
const SEALED = 'token_binding: {kept: sealed, sealing_keys: [seal.key]}';

export const SHARINGS = {
  redis: {
    skip: withoutRedis,
    start: async (t) => {
      const { url } = await startRedis((clean) => t.after(clean));
      return beforeProvider(t, `store: {engine: redis, url: '${url}'}`);
    },
  },
  postgres: {
    skip: withoutPostgres,
    start: async (t) => {
      const { url } = await startPostgres((clean) => t.after(clean));
      return beforeProvider(t, `store: {engine: postgres, url: '${url}'}`);
    },
  },
  'sealed tokens': {
    skip: false,
    start: (t) => beforeProvider(t, 'store: {engine: memory}', SEALED),
  },
  'the embedded service over redis': {
    skip: withoutRedis,
    start: async (t) => {
      const { url } = await startRedis((clean) => t.after(clean));
      return embedded(t, `store: {engine: redis, url: '${url}'}`);
    },
  },
} as const satisfies Readonly<Record<string, Sharing>>;

/** Before an identity server that knows nothing of certificates. */
async function beforeProvider(t: TestContext, store: string, keys = ''): Promise<SharedReplicas> {
  const provider = await startPlainProvider({
    clients: [
      { clientId: 'app', secret: 'kept' },
      { clientId: 'resource-server', secret: 'rs-secret' },
    ],
  });
  t.after(() => provider.close());
  const replicas = await startReplicas(t, {
    files: { 'seal.key': `${Buffer.alloc(32, 7).toString('base64')}\n` },
    yaml: `
${store}
token_service:
  upstream:
    url: ${provider.url}
    endpoints: {device_authorization: /oauth2/device_authorization}
    ${keys}
protected_paths: [{path: /jwks}]
clients:
  - client_id: app
    token_endpoint_auth_method: self_signed_tls_client_auth
    certificates: [client.pem]
    upstream: {client_secret: kept}
`,
  });
  return {
    replicas,
    requests: requestsWith((token) => ({
      path: '/jwks',
      headers: { authorization: `Bearer ${token}` },
    })),
    begin: async (client) => {
      const form = { client_id: 'app', scope: 'openid' };
      const device = (await client.ask({ path: '/oauth2/device_authorization', form })).json();
      await provider.approve(String(device['user_code']));
      const code = String(device['device_code']);
      return client.ask(tokenRequest({ grant_type: DEVICE, device_code: code }));
    },
  };
}

async function embedded(t: TestContext, store: string): Promise<SharedReplicas> {
  const replicas = await startReplicas(t, {
    files: { users: `alice:${formatPasswordHash(await hashPassword('right'))}\n` },
    yaml: `
${store}
token_service:
  embedded:
    issuer: https://localhost:9443
    introspection_callers: [resource-server]
    users_file: users
    password_grant: true
clients:
  - client_id: app
    token_endpoint_auth_method: self_signed_tls_client_auth
    certificates: [client.pem]
    grant_types: [client_credentials, password, refresh_token]
  - client_id: resource-server
    token_endpoint_auth_method: client_secret_basic
    client_secret: rs-secret
    grant_types: []
`,
  });
  return {
    replicas,
    requests: requestsWith(() => ({ path: '/oauth2/jwks' })),
    begin: (client) =>
      client.ask(tokenRequest({ grant_type: 'password', username: 'alice', password: 'right' })),
  };
}

function requestsWith(passing: MixedRequests['passing']): MixedRequests {
  return { token: tokenRequest({ grant_type: 'client_credentials' }), introspection, passing };
}

/** A request of the client `app`. */
export function tokenRequest(form: Readonly<Record<string, string>>): LoadRequest {
  return { path: TOKEN, form: { client_id: 'app', ...form } };
}

/** A question of the resource server. */
export function introspection(token: string): LoadRequest {
  const headers = Object.fromEntries([basic('resource-server', 'rs-secret')]);
  return { path: '/oauth2/introspect', form: { token }, headers };
}

/** A client with a connection to the replica of this name. */
export async function clientAt(replicas: Replicas, name: string): Promise<LoadClient> {
  const client = createLoadClient(replicas);
  for (;;) {
    const { replica } = await client.ask({ path: '/.well-known/openid-configuration' });
    if (replica === name) return client;
    client.leave();
  }
}
