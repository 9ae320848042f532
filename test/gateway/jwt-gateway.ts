/** A gateway with the embedded service whose clients have JWTs, and what is done with them. */

import type { TestContext } from 'node:test';

import { hashPassword } from '../../src/users/hash-password.ts';
import { formatPasswordHash } from '../../src/users/password-hash.ts';
import { basic, httpsRequest, postForm } from '../support/https-client.ts';
import type { ClientAnswer } from '../support/https-client.ts';
import type { Issued } from '../support/pki.ts';
import { startGateway } from '../support/running-gateway.ts';
import type { GatewayFixture } from '../support/running-gateway.ts';

export const ISSUER = 'https://localhost:9443';
export const API = 'https://api.example/v1';
export const LEDGER = 'https://ledger.example';

/** `jwt` has a certificate, `app` users, `opaque` another form. */
export function jwtConfig({ issuer = ISSUER, signingKeys = '' } = {}): string {
  return `
token_service:
  embedded:
    issuer: ${issuer}
    introspection_callers: [resource-server]
    users_file: users
    password_grant: true
    ${signingKeys}
clients:
  - client_id: jwt
    token_endpoint_auth_method: self_signed_tls_client_auth
    certificates: [client.pem]
    access_token_format: jwt
    audience: ['${API}']
  - client_id: app
    token_endpoint_auth_method: client_secret_post
    client_secret: app-secret
    certificate_binding: if_present
    grant_types: [password, refresh_token, client_credentials]
    access_token_format: jwt
    audience: ['${API}', '${LEDGER}']
  - client_id: opaque
    token_endpoint_auth_method: client_secret_post
    client_secret: opaque-secret
  - client_id: resource-server
    token_endpoint_auth_method: client_secret_basic
    client_secret: rs-secret
    grant_types: []
`;
}

export interface JwtGateway extends GatewayFixture {
  post(
    path: string,
    form: Readonly<Record<string, string>> | string,
    certificate?: Issued,
  ): Promise<ClientAnswer>;
  /** An access token of `jwt`, bound to its certificate. */
  token(): Promise<string>;
  /** The answer to the login of a user at `app`. */
  login(more?: Readonly<Record<string, string>>): Promise<ClientAnswer>;
  /** What the resource server hears of a token. */
  introspect(token: string): Promise<Record<string, unknown>>;
  keySet(): Promise<ClientAnswer>;
}

const users = `alice:${formatPasswordHash(await hashPassword('right'))}\n`;

export const APP = { client_id: 'app', client_secret: 'app-secret' } as const;

export async function startJwtGateway(
  t: TestContext,
  options: {
    readonly storePath?: string;
    readonly issuer?: string;
    readonly signingKeys?: string;
  } = {},
): Promise<JwtGateway> {
  const { storePath, ...config } = options;
  const gateway = await startGateway({
    yaml: jwtConfig(config),
    files: { users },
    ...(storePath !== undefined && { storePath }),
  });
  t.after(() => gateway.close());
  const { port, ca, client } = gateway;

  const post: JwtGateway['post'] = (path, form, certificate) =>
    postForm({ port, ca, path, form, ...certificate });

  return {
    ...gateway,
    post,

    async token() {
      const form = { grant_type: 'client_credentials', client_id: 'jwt' };
      return String((await post('/oauth2/token', form, client)).json()['access_token']);
    },

    login: (more = {}) =>
      post('/oauth2/token', {
        ...APP,
        grant_type: 'password',
        username: 'alice',
        password: 'right',
        ...more,
      }),

    async introspect(token) {
      const headers = [basic('resource-server', 'rs-secret')];
      const path = '/oauth2/introspect';
      const answer = await postForm({ port, ca, path, headers, form: { token } });
      return answer.status === 200 ? answer.json() : { status: answer.status, ...answer.json() };
    },

    keySet: () => httpsRequest({ port, ca, path: '/oauth2/jwks' }),
  };
}
