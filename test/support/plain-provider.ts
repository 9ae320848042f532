/** An identity server of another hand, oidc-provider, that knows nothing of certificates. */

import { createServer as createHttpServer } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo } from 'node:net';

import { loadProvider } from '../../src/token-service/provider.ts';

export interface PlainProvider {
  readonly url: string;
  close(): Promise<void>;
}

export interface PlainProviderOptions {
  readonly clients: readonly { readonly clientId: string; readonly secret: string }[];
  /** Serves https when given. */
  readonly tls?: { readonly certificatePem: string; readonly privateKeyPem: string };
}

/** Its paths are those of the gateway's defaults; every client may introspect every token. */
export async function startPlainProvider(options: PlainProviderOptions): Promise<PlainProvider> {
  const { createProvider, release } = await loadProvider(() => undefined);
  const server =
    options.tls === undefined
      ? createHttpServer()
      : createHttpsServer({
          cert: options.tls.certificatePem,
          key: options.tls.privateKeyPem,
        });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  const url = `${options.tls === undefined ? 'http' : 'https'}://localhost:${port}`;
  const provider = createProvider(url, {
    clients: options.clients.map(({ clientId, secret }) => ({
      client_id: clientId,
      client_secret: secret,
      token_endpoint_auth_method: 'client_secret_basic',
      grant_types: ['client_credentials'],
      redirect_uris: [],
      response_types: [],
    })),
    features: {
      clientCredentials: { enabled: true },
      devInteractions: { enabled: false },
      introspection: { enabled: true, allowedPolicy: () => true },
      revocation: { enabled: true },
    },
    routes: {
      token: '/oauth2/token',
      introspection: '/oauth2/introspect',
      revocation: '/oauth2/revoke',
    },
    ttl: { ClientCredentials: 600 },
  });
  const answer = provider.callback();
  server.on('request', (request, response) => void answer(request, response));
  return {
    url,
    close: async () => {
      const closed = new Promise<void>((resolve) => {
        server.close(() => resolve());
      });
      server.closeAllConnections();
      await closed;
      release();
    },
  };
}
