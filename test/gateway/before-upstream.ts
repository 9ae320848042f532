/** A gateway before a server that answers each path as the test says, and what clients ask it. */

import type { ServerResponse } from 'node:http';
import type { TestContext } from 'node:test';

import { basic, httpsRequest, postForm } from '../support/https-client.ts';
import type { ClientAnswer } from '../support/https-client.ts';
import { startRecordingUpstream } from '../support/recording-upstream.ts';
import type { RecordedRequest, RecordingUpstream } from '../support/recording-upstream.ts';
import { startGateway } from '../support/running-gateway.ts';
import type { GatewayFixture } from '../support/running-gateway.ts';

export type Respond = (response: ServerResponse, request: RecordedRequest) => void;
type Headers = readonly (readonly [string, string])[];

const CLIENTS = `
clients:
  - client_id: self-signed
    token_endpoint_auth_method: self_signed_tls_client_auth
    certificates: [client.pem]
    upstream: {client_secret: held}
  - client_id: pki
    token_endpoint_auth_method: tls_client_auth
    tls_client_auth_subject_dn: CN=pki-client,O=Test
    upstream: {client_secret: held-too}
  - client_id: public
    token_endpoint_auth_method: none
  - client_id: unbound
    token_endpoint_auth_method: none
    certificate_binding: 'off'
`;

export interface BeforeUpstream {
  readonly gateway: GatewayFixture;
  readonly upstream: RecordingUpstream;
  /** How often a path was asked for at the server. */
  readonly asked: (path: string) => number;
  /** A form to a path, with the certificate of a client or none. */
  readonly post: (
    path: string,
    form: Readonly<Record<string, string>>,
    options?: { readonly by?: Holder; readonly headers?: Headers; readonly authority?: string },
  ) => Promise<ClientAnswer>;
  /** The token endpoint answers `{"access_token": token}` to `self-signed`. */
  readonly fetchToken: () => Promise<ClientAnswer>;
  /** A resource server that the server authenticates asks about a token. */
  readonly introspect: (token: string, headers?: Headers) => Promise<ClientAnswer>;
  readonly get: (path: string, headers?: Headers) => Promise<ClientAnswer>;
}

export type Holder = 'client' | 'pkiClient' | 'stranger';

export interface BeforeUpstreamOptions {
  readonly kind?: 'gateway' | 'native';
  readonly answers?: Readonly<Record<string, Respond>>;
  /** Members of `upstream` in the configuration. */
  readonly keys?: string;
  readonly files?: Readonly<Record<string, string>>;
}

/** An answer in JSON. */
export function json(text: string, status = 200, headers: Readonly<Record<string, string>> = {}) {
  return (response: ServerResponse): void => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers });
    response.end(text);
  };
}

/** Paths that the test does not name are answered `{}`, the token endpoint with the token `tok`. */
export async function startBeforeUpstream(
  t: TestContext,
  { kind = 'gateway', answers = {}, keys = '', files = {} }: BeforeUpstreamOptions = {},
): Promise<BeforeUpstream> {
  const all: BeforeUpstreamOptions['answers'] = {
    '/oauth2/token': json('{"access_token":"tok","expires_in":600}'),
    ...answers,
  };
  const upstream = await startRecordingUpstream((request, response) => {
    const [path = ''] = request.url.split('?', 1);
    (all[path] ?? json('{}'))(response, request);
  });
  t.after(() => upstream.close());
  // What is presented for a client is known to a server of kind gateway alone.
  const clients = kind === 'gateway' ? CLIENTS : CLIENTS.replaceAll(/^ +upstream: .*\n/gm, '');
  const gateway = await startGateway({
    yaml: `token_service: {upstream: {url: '${upstream.url}', kind: ${kind}, ${keys}}}\n${clients}`,
    files,
  });
  t.after(() => gateway.close());
  const { port, ca } = gateway;
  const post: BeforeUpstream['post'] = (path, form, { by, ...more } = {}) =>
    postForm({ port, ca, path, form, ...more, ...(by === undefined ? {} : gateway[by]) });
  return {
    gateway,
    upstream,
    asked: (path) => upstream.requests.filter(({ url }) => url === path).length,
    post,
    fetchToken: () =>
      post(
        '/oauth2/token',
        { grant_type: 'client_credentials', client_id: 'self-signed' },
        { by: 'client' },
      ),
    introspect: (token, headers = []) =>
      post('/oauth2/introspect', { token }, { headers: [basic('rs', 'secret'), ...headers] }),
    get: (path, headers = []) => httpsRequest({ port, ca, path, headers }),
  };
}
