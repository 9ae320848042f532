/**
 * An identity server of another hand, oidc-provider, that speaks RFC 8705 itself: it knows its
 * clients by their certificates and binds what it hands out to them. What it knows of a certificate
 * stands in the header fields of a gateway.
 */

import { X509Certificate } from 'node:crypto';
import { createServer } from 'node:http';
import type { IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

import { loadProvider } from '../../src/token-service/provider.ts';
import type { Configuration } from '../../src/token-service/provider.ts';

export interface MtlsProvider {
  readonly url: string;
  close(): Promise<void>;
}

export interface MtlsProviderOptions {
  /** As clients reach it through the gateway. */
  readonly issuer: string;
  readonly clients: NonNullable<Configuration['clients']>;
}

/** A resource for which it hands out tokens in JWT; any other token is opaque. */
export const RESOURCE = 'https://api.test/';

/** Its paths are those of the gateway's defaults; every client may introspect every token. */
export async function startMtlsProvider(options: MtlsProviderOptions): Promise<MtlsProvider> {
  const { createProvider, release } = await loadProvider(() => undefined);
  const server = createServer();
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const provider = createProvider(options.issuer, {
    clients: options.clients,
    clientAuthMethods: ['self_signed_tls_client_auth', 'tls_client_auth', 'client_secret_basic'],
    features: {
      clientCredentials: { enabled: true },
      devInteractions: { enabled: false },
      introspection: { enabled: true, allowedPolicy: () => true },
      revocation: { enabled: true },
      mTLS: {
        enabled: true,
        certificateBoundAccessTokens: true,
        selfSignedTlsClientAuth: true,
        tlsClientAuth: true,
        getCertificate: ({ req }) => certificateOf(req),
        // What a self-signed certificate says of its subject nobody vouches for.
        certificateAuthorized: ({ req }) => req.headers['x-client-verify'] === 'SUCCESS',
        certificateSubjectMatches: ({ req }, property, expected) =>
          property === 'tls_client_auth_san_dns' &&
          certificateOf(req)?.checkHost(expected, { wildcards: false }) === expected,
      },
      resourceIndicators: {
        enabled: true,
        getResourceServerInfo: () => ({ scope: '', accessTokenFormat: 'jwt' }),
      },
    },
    routes: {
      token: '/oauth2/token',
      introspection: '/oauth2/introspect',
      revocation: '/oauth2/revoke',
      authorization: '/oauth2/authorize',
      jwks: '/oauth2/jwks',
    },
  });
  // It believes the address that the gateway tells.
  provider.proxy = true;
  const answer = provider.callback();
  server.on('request', (request, response) => void answer(request, response));
  return {
    url: `http://localhost:${(server.address() as AddressInfo).port}`,
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

/** RFC 9440 section 2.1, as a server reads it that trusts its gateway. */
function certificateOf({ headers }: IncomingMessage): X509Certificate | undefined {
  const { 'client-cert': field } = headers;
  if (typeof field !== 'string') return undefined;
  return new X509Certificate(Buffer.from(field.slice(1, -1), 'base64'));
}
