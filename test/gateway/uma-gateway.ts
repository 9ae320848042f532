/** A gateway with resource servers and clients for UMA, and the steps of its story. */

import type { TestContext } from 'node:test';

import { formatPasswordHash } from '../../src/users/password-hash.ts';
import { hashPassword } from '../../src/users/hash-password.ts';
import { httpsRequest, postForm } from '../support/https-client.ts';
import type { ClientAnswer } from '../support/https-client.ts';
import { createAuthority, selfSigned } from '../support/pki.ts';
import type { Issued } from '../support/pki.ts';
import { startGateway } from '../support/running-gateway.ts';
import type { GatewayFixture } from '../support/running-gateway.ts';

export const RESOURCES = '/oauth2/uma/resource_set';
export const PERMISSION = '/oauth2/uma/permission';
export const UMA_GRANT = 'urn:ietf:params:oauth:grant-type:uma-ticket';

export const ALBUM = {
  resource_scopes: ['view', 'download', 'delete'],
  type: 'http://www.example.com/rsrcs/photoalbum',
  name: 'Photo Album',
} as const;

export type Party = 'photos' | 'files' | 'viewer' | 'stranger' | 'app';
type Form = Readonly<Record<string, string>>;

const CLIENTS = `
clients:
  - client_id: photos
    token_endpoint_auth_method: self_signed_tls_client_auth
    certificates: [photos.pem]
    grant_types: [client_credentials, password, refresh_token]
    scope: uma_protection
  - client_id: files
    token_endpoint_auth_method: client_secret_post
    client_secret: secret
    scope: uma_protection
  - client_id: viewer
    token_endpoint_auth_method: self_signed_tls_client_auth
    certificates: [viewer.pem]
    grant_types: [client_credentials, ${UMA_GRANT}]
  - client_id: stranger
    token_endpoint_auth_method: self_signed_tls_client_auth
    certificates: [stranger.pem]
    grant_types: [${UMA_GRANT}]
  - client_id: app
    token_endpoint_auth_method: self_signed_tls_client_auth
    certificates: [app.pem]
    grant_types: [password, refresh_token, ${UMA_GRANT}]
`;

const POLICIES = `
        - {clients: [viewer], resource_types: ['${ALBUM.type}'], scopes: [view, print]}
        - {clients: [app], users: [sam], resource_types: ['${ALBUM.type}'], scopes: [view, download]}
        - {clients: [app], owner: true, resource_types: ['${ALBUM.type}'], scopes: [view, delete]}
`;

export interface UmaGateway {
  readonly gateway: GatewayFixture;
  readonly identities: Readonly<Record<Party, Issued>>;
  /** The token request of a client, with its own certificate unless another or none is given. */
  token(party: Party, form: Form, certificate?: Issued | null): Promise<ClientAnswer>;
  /** A token for the protection API. */
  protectionToken(party: 'photos' | 'files', user?: string): Promise<string>;
  /** A token of the user, with the password that all have. */
  userToken(user: string): Promise<string>;
  protection(request: ProtectionRequest): Promise<ClientAnswer>;
  /** The id of a new album. */
  register(pat: string, party?: Party): Promise<string>;
  ticket(pat: string, permissions: unknown, party?: Party): Promise<string>;
  redeem(party: Party, ticket: string, form?: Form): Promise<ClientAnswer>;
  introspect(party: Party, token: unknown): Promise<Readonly<Record<string, unknown>>>;
}

export interface ProtectionRequest {
  readonly pat?: string;
  readonly path?: string;
  readonly method?: string;
  readonly body?: unknown;
  /** Whose certificate; null for none. */
  readonly party?: Party | null;
}

export interface UmaGatewayOptions {
  /** YAML members of the section beside the policies. */
  readonly uma?: string;
  readonly policies?: string;
  readonly storePath?: string;
  readonly identities?: Readonly<Record<Party, Issued>>;
}

/** The certificate of `files` is of a CA that nobody here knows: it is bound to, and no more. */
export async function mintParties(): Promise<Readonly<Record<Party, Issued>>> {
  const elsewhere = await createAuthority({ name: 'Elsewhere' });
  const mint = (): Promise<Issued> => selfSigned({ subject: 'CN=client,O=Test', ca: true });
  const [photos, files, viewer, stranger, app] = await Promise.all([
    mint(),
    elsewhere.issue({ subject: 'CN=files', eku: ['clientAuth'] }),
    mint(),
    mint(),
    mint(),
  ]);
  return { photos, files, viewer, stranger, app };
}

export async function startUma(
  t: TestContext,
  { uma = '', policies = POLICIES, storePath, ...given }: UmaGatewayOptions = {},
): Promise<UmaGateway> {
  const identities = given.identities ?? (await mintParties());
  const hash = formatPasswordHash(await hashPassword('word'));
  const pems = Object.entries(identities).map(([name, { certificatePem }]) => [
    `${name}.pem`,
    certificatePem,
  ]);
  const gateway = await startGateway({
    yaml: `
token_service:
  embedded:
    issuer: https://localhost:9443
    users_file: users
    password_grant: true
    uma:
      ${uma}
      policies:${policies}
${CLIENTS}`,
    files: { users: `larry:${hash}\nsam:${hash}\n`, ...Object.fromEntries(pems) },
    ...(storePath !== undefined && { storePath }),
  });
  t.after(() => gateway.close());
  const { port, ca } = gateway;

  const token: UmaGateway['token'] = (party, form, certificate = identities[party]) =>
    postForm({
      port,
      ca,
      path: '/oauth2/token',
      form: { client_id: party, ...(party === 'files' && { client_secret: 'secret' }), ...form },
      ...certificate,
    });

  const protection: UmaGateway['protection'] = ({
    pat,
    path = RESOURCES,
    method = 'POST',
    body,
    party = 'photos',
  }) =>
    httpsRequest({
      port,
      ca,
      path,
      method,
      headers: [
        ...(pat === undefined ? [] : [['authorization', `Bearer ${pat}`] as const]),
        ...(body === undefined ? [] : [['content-type', 'application/json'] as const]),
      ],
      ...(body !== undefined && { body: JSON.stringify(body) }),
      ...(party !== null && identities[party]),
    });

  return {
    gateway,
    identities,
    token,
    protection,

    async protectionToken(party, user) {
      const form =
        user === undefined
          ? { grant_type: 'client_credentials' }
          : { grant_type: 'password', username: user, password: 'word' };
      return textOf(await token(party, { ...form, scope: 'uma_protection' }), 'access_token');
    },

    async userToken(user) {
      const form = { grant_type: 'password', username: user, password: 'word' };
      return textOf(await token('app', form), 'access_token');
    },

    async register(pat, party = 'photos') {
      return textOf(await protection({ pat, body: ALBUM, party }), '_id');
    },

    async ticket(pat, permissions, party = 'photos') {
      return textOf(
        await protection({ pat, path: PERMISSION, body: permissions, party }),
        'ticket',
      );
    },

    redeem: (party, ticket, form = {}) => token(party, { grant_type: UMA_GRANT, ticket, ...form }),

    async introspect(party, value) {
      const answer = await postForm({
        port,
        ca,
        path: '/oauth2/introspect',
        form: {
          client_id: party,
          ...(party === 'files' && { client_secret: 'secret' }),
          token: String(value),
        },
        ...identities[party],
      });
      return answer.json();
    },
  };
}

function textOf(answer: ClientAnswer, member: string): string {
  const value = answer.status < 300 ? answer.json()[member] : undefined;
  if (typeof value === 'string') return value;
  throw new Error(`${answer.status} ${answer.text}`);
}
