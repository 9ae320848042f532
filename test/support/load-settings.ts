/** The two kinds of gateway that a mixed load is put on. */

import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

import { EMBEDDED_REQUESTS } from './mixed-requests.ts';
import type { MixedRequests } from './mixed-requests.ts';
import { EMBEDDED } from './running-gateway.ts';
import type { OnEnd } from './store-server.ts';

export interface LoadSetting {
  /** The sections beside listeners and store, `clients` as the last one. */
  readonly yaml: string;
  /** What each client needs beside its certificate, as YAML members. */
  readonly clientKeys: string;
  readonly requests: MixedRequests;
}

export const LOAD_SETTINGS: Readonly<Record<string, (onEnd: OnEnd) => Promise<LoadSetting>>> = {
  'the embedded service': async () => ({
    yaml: QUIET + EMBEDDED,
    clientKeys: '',
    requests: EMBEDDED_REQUESTS,
  }),
  'a server behind': settingBefore,
};

/** Tests keep what is logged, so that a line for each request would be memory of their own. */
const QUIET = 'log: {level: warn}\n';

const SECRET = 'upstream: {client_secret: kept by the gateway}';

/** Before a server that knows nothing of certificates, with a path that tokens open. */
export async function settingBefore(onEnd: OnEnd): Promise<LoadSetting> {
  const url = await startQuickServer(onEnd);
  return {
    yaml: `${QUIET}
token_service: {upstream: {url: '${url}'}}
protected_paths: [{path: /api/*}]
clients:
  - client_id: self-signed
    token_endpoint_auth_method: self_signed_tls_client_auth
    certificates: [client.pem]
    ${SECRET}
`,
    clientKeys: SECRET,
    requests: {
      ...EMBEDDED_REQUESTS,
      passing: (token) => ({ path: '/api/x', headers: { authorization: `Bearer ${token}` } }),
    },
  };
}

/** Hands out tokens, finds all active, and remembers nothing, so that no memory is its own. */
async function startQuickServer(onEnd: OnEnd): Promise<string> {
  let issued = 0;
  const answer = async (incoming: IncomingMessage, response: ServerResponse): Promise<void> => {
    await text(incoming);
    response.setHeader('content-type', 'application/json');
    if (incoming.url === '/oauth2/token') {
      issued += 1;
      const token = { access_token: `token-${issued}`, token_type: 'Bearer', expires_in: 600 };
      response.end(JSON.stringify(token));
    } else {
      response.end('{"active":true}');
    }
  };
  const server = createServer((incoming, response) => {
    void answer(incoming, response).catch(() => response.destroy());
  });
  const { promise, resolve } = Promise.withResolvers<void>();
  server.listen(0, '127.0.0.1', resolve);
  await promise;
  onEnd(async () => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
