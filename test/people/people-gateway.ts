/** A gateway with users, and clients that send people to it. */

import { hash, randomBytes } from 'node:crypto';
import type { TestContext } from 'node:test';

import { hashPassword } from '../../src/users/hash-password.ts';
import { formatPasswordHash } from '../../src/users/password-hash.ts';
import { postForm } from '../support/https-client.ts';
import type { ClientAnswer } from '../support/https-client.ts';
import type { Issued } from '../support/pki.ts';
import { startGateway, TEST_CLIENTS } from '../support/running-gateway.ts';
import type { GatewayFixture } from '../support/running-gateway.ts';
import { ISSUER } from './page-visitor.ts';
import type { Visit, Visitor } from './page-visitor.ts';

export const REDIRECT_URI = 'https://app.test/back';
export const DONE_URI = 'https://app.test/done';
export const DEVICE_GRANT = 'urn:ietf:params:oauth:grant-type:device_code';
export const USER = { username: 'alice', password: 'correct horse' } as const;

const userLines = Promise.all(
  [USER, { username: 'bob', password: 'battery staple' }].map(
    async ({ username, password }) =>
      `${username}:${formatPasswordHash(await hashPassword(password))}\n`,
  ),
);

const embeddedKeys = (issuer: string): string => `
token_service:
  embedded:
    issuer: ${issuer}
    introspection_callers: [resource-server]
    users_file: users
    scopes:
      - {name: accounts, description: See your accounts}
      - {name: payments, description: Make payments}
`;

const CLIENTS = `${TEST_CLIENTS}
  - client_id: app
    client_name: Acme Bank
    token_endpoint_auth_method: self_signed_tls_client_auth
    certificates: [client.pem]
    grant_types: [authorization_code, refresh_token, client_credentials]
    redirect_uris: ['${REDIRECT_URI}', 'https://app.test:8443/other?kept=1']
    post_logout_redirect_uris: ['${DONE_URI}']
    scope: openid profile offline_access accounts
  - client_id: other
    token_endpoint_auth_method: tls_client_auth
    tls_client_auth_subject_dn: CN=pki-client,O=Test
    grant_types: [authorization_code]
    redirect_uris: ['${REDIRECT_URI}']
  - client_id: public
    token_endpoint_auth_method: none
    grant_types: [authorization_code, refresh_token]
    redirect_uris: ['com.example.app:/back']
  - client_id: television
    client_name: Acme TV
    token_endpoint_auth_method: none
    grant_types: ['${DEVICE_GRANT}', refresh_token]
    scope: openid accounts
  - client_id: meter
    token_endpoint_auth_method: tls_client_auth
    tls_client_auth_subject_dn: CN=pki-client,O=Test
    grant_types: ['${DEVICE_GRANT}']
`;

export interface PeopleOptions {
  readonly storePath?: string;
  /** The file of users; alice and bob where absent. */
  readonly users?: string;
  /** YAML of more keys of the service. */
  readonly embedded?: string;
  /** YAML of more clients. */
  readonly clients?: string;
  /** For browsers, which can't be told to look for the issuer at another port. */
  readonly port?: number;
}

/** The gateway; the test's end closes it. */
export async function startPeople(
  t: TestContext,
  { storePath, users, embedded = '', clients = '', port }: PeopleOptions = {},
): Promise<GatewayFixture> {
  const issuer = port === undefined ? ISSUER : `https://localhost:${port}`;
  const gateway = await startGateway({
    yaml: `${embeddedKeys(issuer)}${embedded}${CLIENTS}${clients}`,
    files: { users: users ?? (await userLines).join('') },
    ...(storePath !== undefined && { storePath }),
    ...(port !== undefined && { listeners: listenersAt(port) }),
  });
  t.after(() => gateway.close());
  return gateway;
}

function listenersAt(port: number): string {
  return `listeners:
  - address: 127.0.0.1:${port}
    certificate: server.pem
    private_key: server-key.pem
    client_certificate: want
    client_ca: [ca.pem]`;
}

export interface Pkce {
  readonly verifier: string;
  readonly challenge: string;
}

export function createPkce(): Pkce {
  const verifier = randomBytes(32).toString('base64url');
  return { verifier, challenge: hash('sha256', verifier, 'base64url') };
}

/** The address to which a client sends a browser; undefined values are left out. */
export function authorizationUrl(
  changed: Readonly<Record<string, string | undefined>> = {},
  { challenge }: Pick<Pkce, 'challenge'> = createPkce(),
  issuer = ISSUER,
): URL {
  const url = new URL('/oauth2/authorize', issuer);
  const parameters = {
    client_id: 'app',
    response_type: 'code',
    redirect_uri: REDIRECT_URI,
    scope: 'openid',
    state: 'the-state',
    code_challenge: challenge,
    code_challenge_method: 'S256',
    ...changed,
  };
  for (const [name, value] of Object.entries(parameters)) {
    if (value !== undefined) url.searchParams.set(name, value);
  }
  return url;
}

/** Logs in where there is a page for it, and allows what is asked; ends where the client takes over. */
export async function consentTo(visitor: Visitor, start: URL): Promise<Visit> {
  let visit = await visitor.open(start);
  if (visit.answer.text.includes('id="login"')) {
    visit = await visitor.submit(visit, { ...USER, answer: 'login' });
  }
  if (visit.answer.text.includes('id="consent"')) {
    visit = await visitor.submit(visit, { answer: 'allow' });
  }
  return visit;
}

/** The code that the browser brings back. */
export function codeOf({ url, answer }: Visit): string {
  const code = url.searchParams.get('code');
  if (code === null) throw new Error(`no code in ${url.href}: ${answer.text}`);
  return code;
}

export function askToken(
  { port, ca }: GatewayFixture,
  form: Readonly<Record<string, string>>,
  certificate?: Issued,
): Promise<ClientAnswer> {
  return postForm({ port, ca, path: '/oauth2/token', form, ...certificate });
}

/** The form by which the client `app` redeems a code. */
export function redemption(code: string, { verifier }: Pkce): Readonly<Record<string, string>> {
  return {
    client_id: 'app',
    grant_type: 'authorization_code',
    code,
    code_verifier: verifier,
    redirect_uri: REDIRECT_URI,
  };
}
