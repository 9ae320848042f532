/** A gateway at which clients register, and requests as a client that does sends them. */

import type { TestContext } from 'node:test';

import { httpsRequest, postForm } from '../support/https-client.ts';
import type { ClientAnswer } from '../support/https-client.ts';
import type { Issued } from '../support/pki.ts';
import { startGateway, TEST_CLIENTS } from '../support/running-gateway.ts';
import type { GatewayFixture, GatewayOptions } from '../support/running-gateway.ts';

export const INITIAL_TOKEN = 'initial-access-token-of-this-test-0';
/** Replaces the one above. */
export const NEXT_TOKEN = 'initial-access-token-of-this-test-1';

export interface RegistrationSetup extends Omit<GatewayOptions, 'yaml'> {
  /** YAML members of `registration`. */
  readonly registration?: string;
  /** YAML members of `embedded`. */
  readonly embedded?: string;
  /** More YAML at the top. */
  readonly more?: string;
  /** YAML of clients beside the usual ones. */
  readonly clients?: string;
}

export async function startRegistering(
  t: TestContext,
  setup: RegistrationSetup = {},
): Promise<GatewayFixture> {
  const { registration = '', embedded = '', more = '', clients = '', ...rest } = setup;
  const gateway = await startGateway({
    ...rest,
    yaml: `
token_service:
  embedded:
    issuer: https://localhost:9443
    introspection_callers: [resource-server]
    ${embedded}
    registration:
      initial_access_token_files: [initial.token, next.token]
      ${registration}
${TEST_CLIENTS}${clients}
${more}`,
    files: { 'initial.token': `${INITIAL_TOKEN}\n`, 'next.token': NEXT_TOKEN, ...rest.files },
  });
  t.after(() => gateway.close());
  return gateway;
}

type Target = Pick<GatewayFixture, 'port' | 'ca'>;

export function bearer(token: string): readonly [string, string] {
  return ['authorization', `Bearer ${token}`];
}

const JSON_TYPE = ['content-type', 'application/json'] as const;

export function register(
  { port, ca }: Target,
  metadata: object | string,
  token = INITIAL_TOKEN,
): Promise<ClientAnswer> {
  return httpsRequest({
    port,
    ca,
    method: 'POST',
    path: '/oauth2/register',
    headers: [JSON_TYPE, bearer(token)],
    body: typeof metadata === 'string' ? metadata : JSON.stringify(metadata),
  });
}

export interface Registered {
  readonly clientId: string;
  readonly token: string;
  readonly secret: string;
  readonly information: Readonly<Record<string, unknown>>;
}

/** A client that has registered. Throws when it could not. */
export async function registered(gateway: Target, metadata: object): Promise<Registered> {
  const answer = await register(gateway, metadata);
  if (answer.status !== 201) throw new Error(`${answer.status} ${answer.text}`);
  return registeredFrom(answer);
}

export function registeredFrom(answer: ClientAnswer): Registered {
  const information = answer.json();
  return {
    clientId: String(information['client_id']),
    token: String(information['registration_access_token']),
    secret: String(information['client_secret']),
    information,
  };
}

export function manage(
  { port, ca }: Target,
  method: 'GET' | 'PUT' | 'DELETE',
  { clientId, token }: Pick<Registered, 'clientId' | 'token'>,
  metadata?: object,
): Promise<ClientAnswer> {
  return httpsRequest({
    port,
    ca,
    method,
    path: `/oauth2/register/${clientId}`,
    headers: [bearer(token), ...(metadata === undefined ? [] : [JSON_TYPE])],
    ...(metadata !== undefined && { body: JSON.stringify(metadata) }),
  });
}

export function tokenFor(
  { port, ca }: Target,
  form: Readonly<Record<string, string>>,
  certificate?: Issued,
): Promise<ClientAnswer> {
  return postForm({
    port,
    ca,
    path: '/oauth2/token',
    form: { grant_type: 'client_credentials', ...form },
    ...(certificate && {
      certificatePem: certificate.certificatePem,
      privateKeyPem: certificate.privateKeyPem,
    }),
  });
}
