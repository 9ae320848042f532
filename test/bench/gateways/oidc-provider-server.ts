/**
 * oidc-provider alone with what it takes to issue bound tokens: TLS that asks for certificates, and
 * a durable store. Arguments: port, folder of the certificates.
 */

import type { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import process from 'node:process';
import type { TLSSocket } from 'node:tls';

import { Provider } from 'oidc-provider';
import type { ClientMetadata, KoaContextWithOIDC } from 'oidc-provider';

import { createSqliteStore } from '../../../src/store/sqlite.ts';
import { createAdapterFactory } from '../../../src/token-service/storage/adapter.ts';
import { createRedemptions } from '../../../src/token-service/storage/redemption.ts';
import { FILES } from '../material.ts';

const [port = '', folder = ''] = process.argv.slice(2);
const file = (name: string): Buffer => readFileSync(`${folder}/${name}`);

const store = await createSqliteStore({
  path: `${folder}/oidc-provider.sqlite`,
  maxRecords: 10_000_000,
  timeoutMs: 5_000,
});
const metadata: ClientMetadata = {
  client_id: 'bench',
  token_endpoint_auth_method: 'tls_client_auth',
  tls_client_auth_subject_dn: 'CN=bench,O=Test',
  tls_client_certificate_bound_access_tokens: true,
  grant_types: ['client_credentials'],
  response_types: [],
  redirect_uris: [],
};

const socketOf = ({ req }: KoaContextWithOIDC): TLSSocket => req.socket as TLSSocket;
const certificateOf = (ctx: KoaContextWithOIDC): X509Certificate | undefined =>
  socketOf(ctx).getPeerX509Certificate();

const provider = new Provider(`https://localhost:${port}`, {
  adapter: createAdapterFactory({
    store,
    findClient: () => metadata,
    unavailable: (error) => error,
    redemptions: createRedemptions({
      store,
      currentRequest: () => undefined,
      alreadyConsumed: () => new Error('consumed'),
    }),
  }),
  clientAuthMethods: ['tls_client_auth'],
  features: {
    devInteractions: { enabled: false },
    clientCredentials: { enabled: true },
    introspection: { enabled: true, allowedPolicy: async () => true },
    mTLS: {
      enabled: true,
      certificateBoundAccessTokens: true,
      tlsClientAuth: true,
      getCertificate: certificateOf,
      certificateAuthorized: (ctx) => socketOf(ctx).authorized,
      certificateSubjectMatches: (ctx, property, expected) =>
        property === 'tls_client_auth_subject_dn' &&
        certificateOf(ctx)?.subject.split('\n').toReversed().join(',') === expected,
    },
  },
});

const handle = provider.callback();
createServer(
  {
    key: file(FILES.serverKey),
    cert: file(FILES.server),
    ca: file(FILES.ca),
    requestCert: true,
    rejectUnauthorized: false,
  },
  (request, response) => void handle(request, response),
).listen(Number(port), '127.0.0.1');
