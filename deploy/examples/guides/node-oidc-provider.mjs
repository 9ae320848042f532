// node-oidc-provider 9 behind the gateway: docs/guides/node-oidc-provider.md
import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';

import { Provider } from 'oidc-provider';

// RFC 9440: the DER of the certificate in base64, between two colons.
function certificateOf(headers) {
  const match = /^:([A-Za-z0-9+/]+={0,2}):$/.exec(headers['client-cert'] ?? '');
  return match ? new X509Certificate(Buffer.from(match[1], 'base64')) : undefined;
}

// What self_signed_tls_client_auth compares: a key set with the certificate in x5c.
function keySetOf(file) {
  const certificate = new X509Certificate(readFileSync(file));
  const x5c = [certificate.raw.toString('base64')];
  return { keys: [{ ...certificate.publicKey.export({ format: 'jwk' }), x5c }] };
}

const machine = {
  grant_types: ['client_credentials'],
  response_types: [],
  redirect_uris: [],
  tls_client_certificate_bound_access_tokens: true,
};

const provider = new Provider('https://login.bank.example', {
  clients: [
    {
      ...machine,
      client_id: 'payments',
      token_endpoint_auth_method: 'self_signed_tls_client_auth',
      jwks: keySetOf('clients/payments.pem'),
    },
    {
      ...machine,
      client_id: 'reports',
      token_endpoint_auth_method: 'tls_client_auth',
      tls_client_auth_san_dns: 'reports.bank.example',
    },
  ],
  clientAuthMethods: ['self_signed_tls_client_auth', 'tls_client_auth', 'none'],
  features: {
    clientCredentials: { enabled: true },
    introspection: { enabled: true },
    revocation: { enabled: true },
    devInteractions: { enabled: false },
    mTLS: {
      enabled: true,
      certificateBoundAccessTokens: true,
      selfSignedTlsClientAuth: true,
      tlsClientAuth: true,
      getCertificate: ({ req }) => certificateOf(req.headers),
      // The verdict of the gateway: a CA of client_ca vouches for the certificate.
      certificateAuthorized: ({ req }) => req.headers['x-client-verify'] === 'SUCCESS',
      certificateSubjectMatches: ({ req }, property, expected) =>
        property === 'tls_client_auth_san_dns' &&
        certificateOf(req.headers)?.checkHost(expected, { wildcards: false }) === expected,
    },
  },
});

// Believe X-Forwarded-Host and X-Forwarded-Proto: they are the gateway's.
provider.proxy = true;

// The gateway alone may reach it.
const server = provider.listen(Number(process.argv[2] ?? 3000), '127.0.0.1', () => {
  process.stdout.write(`listening on ${server.address().port}\n`);
});
