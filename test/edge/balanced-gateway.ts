/** A gateway behind a load balancer of another hand, and an upstream behind that which records. */

import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';

import { basic, postForm } from '../support/https-client.ts';
import type { ClientAnswer } from '../support/https-client.ts';
import { createAuthority, HOUR_MS, selfSigned } from '../support/pki.ts';
import type { Issued } from '../support/pki.ts';
import { startRecordingUpstream } from '../support/recording-upstream.ts';
import type { RecordedRequest, Respond } from '../support/recording-upstream.ts';
import { startGateway } from '../support/running-gateway.ts';
import type { LogLine } from '../support/running-gateway.ts';
import { balancerFiles, listenerFor } from './balancers.ts';
import type { Balancer } from './balancers.ts';

/** The client's own address; the balancer connects from 127.0.0.1. */
export const CLIENT_ADDRESS = '127.0.0.2';

export const CLIENT_IDS = ['self-signed', 'pki', 'deep', 'expired'] as const;
export type ClientId = (typeof CLIENT_IDS)[number];

/** What a client shows in its handshake. */
export type Shown = Pick<Issued, 'certificatePem' | 'privateKeyPem' | 'thumbprint'>;

export interface BalancedGateway {
  /** Of the balancer. */
  readonly port: number;
  /** By client_id; `deep` is issued below an intermediate, which it sends along. */
  readonly clients: Readonly<Record<ClientId, Shown>>;
  readonly stranger: Shown;
  /** A token request through the balancer, from `CLIENT_ADDRESS`. */
  ask(clientId: ClientId, options?: AskOptions): Promise<ClientAnswer>;
  /** The thumbprint in `cnf` of a token, as a resource server sees it through the balancer. */
  confirmed(token: string): Promise<unknown>;
  /** What the upstream has got so far. */
  readonly requests: readonly RecordedRequest[];
  /** The line of the last token request. */
  lastLine(): Promise<LogLine>;
}

export interface AskOptions {
  readonly shown?: Shown;
  readonly headers?: readonly (readonly [string, string])[];
}

export async function startBalanced(t: TestContext, balancer: Balancer): Promise<BalancedGateway> {
  const upstream = await startRecordingUpstream(answer);
  t.after(() => upstream.close());
  const identity = await selfSigned({ subject: 'CN=balancer,O=Test' });
  const authority = await createAuthority({ name: 'Client CA' });
  const pki = await authority.issue({ subject: 'CN=pki,O=Test', eku: ['clientAuth'] });
  const below = await authority.issue({ subject: 'CN=Below,O=Test', ca: true });
  const deep = await below.issue({ subject: 'CN=deep,O=Test', eku: ['clientAuth'] });
  const [notBefore, notAfter] = [Date.now() - 48 * HOUR_MS, Date.now() - 24 * HOUR_MS];
  const expired = await selfSigned({ subject: 'CN=expired,O=Test', notBefore, notAfter });
  const gateway = await startGateway({
    listeners: await listenerFor(balancer, identity),
    files: { 'client-ca.pem': authority.certificatePem, 'expired.pem': expired.certificatePem },
    yaml: `
token_service: {upstream: {url: '${upstream.url}', certificate_headers: [{format: rfc9440}]}}
clients: ${JSON.stringify([
      registered('self-signed', 'client.pem'),
      registered('expired', 'expired.pem'),
      vouched('pki'),
      vouched('deep'),
    ])}`,
  });
  t.after(() => gateway.close());
  const { ca, folder, client, stranger } = gateway;
  const files = await balancerFiles(folder, {
    balancer: identity,
    clientCa: authority.certificatePem,
  });
  const port = await balancer.start(t, { behind: gateway.port, files });
  const reach = { port, ca, localAddress: CLIENT_ADDRESS };
  let asked = 0;

  return {
    port,
    clients: {
      'self-signed': client,
      pki,
      deep: { ...deep, certificatePem: deep.certificatePem + below.certificatePem },
      expired,
    },
    stranger,
    requests: upstream.requests,
    ask: (clientId, { shown, headers = [] } = {}) => {
      asked = gateway.log().length;
      const form = { grant_type: 'client_credentials', client_id: clientId };
      return postForm({ ...reach, path: '/oauth2/token', form, headers, ...shown });
    },
    confirmed: async (token) => {
      const headers = [basic('resource-server', 'rs-secret')];
      const path = '/oauth2/introspect';
      const { status, text, json } = await postForm({ ...reach, path, headers, form: { token } });
      assert.equal(status, 200, text);
      return json()['cnf'];
    },
    lastLine: () => gateway.logged(({ msg }) => msg === 'request', asked),
  };
}

let issued = 0;

/** A token server that knows nothing of certificates; each token is another. */
const answer: Respond = ({ url, body }, response) => {
  issued += 1;
  const token = { access_token: `token-${issued}`, token_type: 'Bearer', expires_in: 600 };
  const introspection = { active: true, client_id: new URLSearchParams(body).get('client_id') };
  response.setHeader('content-type', 'application/json');
  response.end(JSON.stringify(url === '/oauth2/token' ? token : introspection));
};

const held = { upstream: { client_secret: 'held' } };

const registered = (clientId: ClientId, file: string): object => ({
  client_id: clientId,
  token_endpoint_auth_method: 'self_signed_tls_client_auth',
  certificates: [file],
  ...held,
});

const vouched = (clientId: ClientId): object => ({
  client_id: clientId,
  token_endpoint_auth_method: 'tls_client_auth',
  tls_client_auth_subject_dn: `CN=${clientId},O=Test`,
  ...held,
});
