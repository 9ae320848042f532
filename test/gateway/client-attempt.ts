/** Clients of every kind at a running gateway, and what becomes of a certificate at each. */

import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';

import { basic, postForm } from '../support/https-client.ts';
import type { Issued } from '../support/pki.ts';
import { startGateway } from '../support/running-gateway.ts';
import type { GatewayFixture, GatewayOptions } from '../support/running-gateway.ts';

/** The keys of a client in the configuration. */
export type ClientKeys = Readonly<Record<string, unknown>>;

export interface ClientsOptions extends Omit<GatewayOptions, 'yaml'> {
  /** By client_id. */
  readonly clients: Readonly<Record<string, ClientKeys>>;
  /** YAML of further sections. */
  readonly more?: string;
}

export const selfSignedClient = (keys: ClientKeys): ClientKeys => ({
  token_endpoint_auth_method: 'self_signed_tls_client_auth',
  ...keys,
});

export const pkiClient = (keys: ClientKeys): ClientKeys => ({
  token_endpoint_auth_method: 'tls_client_auth',
  ...keys,
});

/** The embedded token service with these clients, stopped when the test ends. */
export async function startWithClients(
  t: Pick<TestContext, 'after'>,
  { clients, more = '', ...options }: ClientsOptions,
): Promise<GatewayFixture> {
  const gateway = await startGateway({ ...options, yaml: `${embedded(clients)}\n${more}` });
  t.after(() => gateway.close());
  return gateway;
}

/** `bound` when the client got a token of its own that is bound to the certificate, else the reason. */
export async function outcomeOf(
  gateway: GatewayFixture,
  clientId: string,
  identity: Pick<Issued, 'certificatePem' | 'privateKeyPem' | 'thumbprint'>,
): Promise<string> {
  const { port, ca } = gateway;
  const form = { grant_type: 'client_credentials', client_id: clientId };
  const known = gateway.log().length;
  const answer = await postForm({ port, ca, path: '/oauth2/token', form, ...identity });
  if (answer.status === 200) {
    const token = String(answer.json()['access_token']);
    await expectBound(gateway, { token, clientId, thumbprint: identity.thumbprint });
    return 'bound';
  }
  assert.deepEqual([answer.status, answer.json()['error']], [401, 'invalid_client']);
  const line = await gateway.logged(
    ({ msg, client_id: id }) => msg === 'request' && id === clientId,
    known,
  );
  assert.equal(line['decision'], 'refused');
  return String(line['reason']);
}

/** Fails unless the token is active, of this client, and has this certificate in its `cnf`. */
export async function expectBound(
  { port, ca }: GatewayFixture,
  expected: { readonly token: string; readonly clientId: string; readonly thumbprint: string },
): Promise<void> {
  const { token, clientId, thumbprint } = expected;
  const headers = [basic('resource-server', 'rs-secret')];
  const path = '/oauth2/introspect';
  const answer = await postForm({ port, ca, path, headers, form: { token } });
  const { active, client_id: id, cnf } = answer.json();
  assert.deepEqual([active, id, cnf], [true, clientId, { 'x5t#S256': thumbprint }]);
}

function embedded(clients: ClientsOptions['clients']): string {
  const resourceServer = {
    client_id: 'resource-server',
    token_endpoint_auth_method: 'client_secret_basic',
    client_secret: 'rs-secret',
    grant_types: [],
  };
  const given = Object.entries(clients).map(([id, keys]) => ({ client_id: id, ...keys }));
  // JSON is YAML too.
  return `
token_service:
  embedded:
    issuer: https://localhost:9443
    introspection_callers: [resource-server]
clients: ${JSON.stringify([...given, resourceServer])}`;
}
