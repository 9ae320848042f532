/** A gateway with protected paths before a server that hands out and knows the tokens of a test. */

import type { TestContext } from 'node:test';

import { httpsRequest, postForm } from '../support/https-client.ts';
import type { ClientAnswer, ClientOptions } from '../support/https-client.ts';
import type { Issued } from '../support/pki.ts';
import { startRecordingUpstream } from '../support/recording-upstream.ts';
import type { RecordedRequest } from '../support/recording-upstream.ts';
import { startGateway } from '../support/running-gateway.ts';
import type { GatewayFixture } from '../support/running-gateway.ts';

export interface ProtectedOptions {
  /** YAML of the sections beside `token_service` and `clients`. */
  readonly yaml: string;
  /** YAML members of the upstream beside its address. */
  readonly upstream?: string;
  /** A server that binds tokens itself. */
  readonly isNative?: boolean;
  /** YAML of further clients. */
  readonly clients?: string;
  readonly files?: Readonly<Record<string, string | Uint8Array>>;
  /** YAML members of the store. */
  readonly store?: string;
  /** What the server answers when it is asked about a token; 200 where a text. */
  readonly introspection?: (token: string) => string | { status: number; body: string };
}

export interface ProtectedGateway {
  readonly gateway: GatewayFixture;
  /** What reached the server but for token requests and questions about tokens. */
  readonly passed: () => readonly RecordedRequest[];
  readonly questions: () => readonly RecordedRequest[];
  /** A token of the client, as it holds it. */
  token(clientId?: string, identity?: Identity): Promise<string>;
  /** A request with this token. */
  call(path: string, token: string | undefined, options?: CallOptions): Promise<ClientAnswer>;
  /** The reason of the next refusal, with what was answered. */
  refusal(answer: Promise<ClientAnswer>): Promise<Refusal>;
}

type Identity = Pick<Issued, 'certificatePem' | 'privateKeyPem'>;

export type CallOptions = Partial<Pick<ClientOptions, 'method' | 'headers' | 'body'>> & {
  readonly identity?: Identity | undefined;
};

export interface Refusal {
  readonly status: number;
  readonly error: unknown;
  readonly reason: unknown;
  readonly challenge: string | undefined;
}

export async function startProtected(
  t: TestContext,
  options: ProtectedOptions,
): Promise<ProtectedGateway> {
  let issued = 0;
  const upstream = await startRecordingUpstream(({ url, body }, response) => {
    response.setHeader('content-type', 'application/json');
    if (url === '/oauth2/token') {
      issued += 1;
      const refresh = { refresh_token: `refresh-${issued}` };
      response.end(JSON.stringify({ access_token: `token-${issued}`, ...refresh }));
    } else if (url === '/oauth2/introspect') {
      const token = new URLSearchParams(body).get('token') ?? '';
      const said = options.introspection?.(token) ?? '{"active":true}';
      if (typeof said !== 'string') response.statusCode = said.status;
      response.end(typeof said === 'string' ? said : said.body);
    } else {
      response.end('{"served":true}');
    }
  });
  t.after(() => upstream.close());
  const { isNative = false } = options;
  const gateway = await startGateway({
    yaml: `
token_service:
  upstream: {url: '${upstream.url}', kind: ${isNative ? 'native' : 'gateway'}, ${options.upstream ?? ''}}
clients:
  - client_id: self-signed
    token_endpoint_auth_method: self_signed_tls_client_auth
    certificates: [client.pem]
    ${isNative ? '' : 'upstream: {client_secret: kept by the gateway}'}
  - {client_id: public, token_endpoint_auth_method: none}
${options.clients ?? ''}
${options.yaml}`,
    ...(options.files && { files: options.files }),
    ...(options.store !== undefined && { store: options.store }),
  });
  t.after(() => gateway.close());
  const { port, ca } = gateway;
  const isQuestion = ({ url }: RecordedRequest) => url === '/oauth2/introspect';
  return {
    gateway,
    questions: () => upstream.requests.filter(isQuestion),
    passed: () =>
      upstream.requests.filter((each) => !isQuestion(each) && each.url !== '/oauth2/token'),
    token: async (clientId = 'self-signed', identity = gateway.client) => {
      const form = { grant_type: 'client_credentials', client_id: clientId };
      const answer = await postForm({ port, ca, path: '/oauth2/token', form, ...identity });
      return String(answer.json()['access_token']);
    },
    call: (path, token, { identity = gateway.client, headers = [], ...rest } = {}) =>
      httpsRequest({
        port,
        ca,
        path,
        headers: [
          ...(token === undefined ? [] : [['authorization', `Bearer ${token}`] as const]),
          ...headers,
        ],
        ...identity,
        ...rest,
      }),
    refusal: async (pending) => {
      const answer = await pending;
      const id = answer.headers['x-request-id'];
      const line = await gateway.logged(({ request_id: logged }) => logged === id);
      return {
        status: answer.status,
        error: answer.json()['error'],
        reason: line['reason'],
        challenge: answer.headers['www-authenticate'],
      };
    },
  };
}

/** Shows no certificate. */
export const NOBODY = {} as Identity;
