/** An identity server of another hand, oidc-provider, that knows nothing of certificates. */

import { createServer as createHttpServer } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

import { loadProvider } from '../../src/token-service/provider.ts';
import type { OidcProvider } from '../../src/token-service/provider.ts';

export interface PlainProvider {
  readonly url: string;
  /** What the user does at the page that a device names: agrees. */
  approve(userCode: string): Promise<void>;
  close(): Promise<void>;
}

export interface PlainProviderOptions {
  /** One without a secret is public. All may have tokens by themselves and begin what users finish. */
  readonly clients: readonly { readonly clientId: string; readonly secret?: string }[];
  /** As clients reach it through the gateway; its own address where absent. */
  readonly issuer?: string;
  /** Serves https when given. */
  readonly tls?: { readonly certificatePem: string; readonly privateKeyPem: string };
}

const USER_GRANTS = [
  'authorization_code',
  'refresh_token',
  'urn:ietf:params:oauth:grant-type:device_code',
];

/**
 * Its paths are those of the gateway's defaults; every client may introspect every token. Its one
 * user is logged in and agrees as soon as he is asked, and each refresh token is good once.
 */
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
  const provider = createProvider(options.issuer ?? url, {
    clients: options.clients.map(({ clientId, secret }) => ({
      client_id: clientId,
      ...(secret === undefined
        ? { token_endpoint_auth_method: 'none' as const, grant_types: USER_GRANTS }
        : {
            client_secret: secret,
            token_endpoint_auth_method: 'client_secret_basic' as const,
            grant_types: ['client_credentials', ...USER_GRANTS],
          }),
      redirect_uris: ['https://client.test/back'],
      response_types: ['code' as const],
    })),
    features: {
      clientCredentials: { enabled: true },
      devInteractions: { enabled: false },
      introspection: { enabled: true, allowedPolicy: () => true },
      revocation: { enabled: true },
      deviceFlow: { enabled: true },
      pushedAuthorizationRequests: { enabled: true },
    },
    routes: {
      token: '/oauth2/token',
      introspection: '/oauth2/introspect',
      revocation: '/oauth2/revoke',
      authorization: '/oauth2/authorize',
      device_authorization: '/oauth2/device_authorization',
      pushed_authorization_request: '/oauth2/par',
    },
    ttl: { ClientCredentials: 600 },
    issueRefreshToken: async (_ctx, client) => client.grantTypeAllowed('refresh_token'),
    rotateRefreshToken: true,
  });
  // One that is published elsewhere believes the address that the gateway tells.
  provider.proxy = options.issuer !== undefined;
  const answer = provider.callback();
  server.on('request', (request, response) => {
    const isPage = request.url?.startsWith('/interaction/') === true;
    void (isPage ? agree(provider, request, response) : answer(request, response));
  });
  return {
    url,
    approve: async (userCode) => {
      const code = await provider.DeviceCode.findByUserCode(userCode.replaceAll('-', ''));
      if (code === undefined) throw new Error('no such user code');
      const grant = new provider.Grant({ accountId: 'user', clientId: code.clientId ?? '' });
      grant.addOIDCScope('openid');
      Object.assign(code, { accountId: 'user', grantId: await grant.save(), scope: 'openid' });
      await code.save();
    },
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

/** The page on which the user would log in and agree. */
async function agree(
  provider: OidcProvider,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { params } = await provider.interactionDetails(request, response);
  const grant = new provider.Grant({ accountId: 'user', clientId: String(params['client_id']) });
  grant.addOIDCScope(String(params['scope']));
  await provider.interactionFinished(request, response, {
    login: { accountId: 'user' },
    consent: { grantId: await grant.save() },
  });
}
