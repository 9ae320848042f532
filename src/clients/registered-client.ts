/** A client that registered itself, as the endpoints see it. */

import type { Client } from './client.ts';
import type { RegisteredFacts } from './registered-metadata.ts';
import { clientOf } from './registry.ts';

export interface RegisteredIdentity {
  readonly clientId: string;
  /** Absent for a client that has none. */
  readonly secret?:
    | {
        /** SHA-256, base64url. */
        readonly sha256: string;
        /** Seconds since the epoch; 0: never (RFC 7591 section 3.2.1). */
        readonly expiresAt: number;
      }
    | undefined;
}

/** The facts have been read: a client of them can be used. */
export function registeredClient(
  { clientId, secret }: RegisteredIdentity,
  { method, subject, jwks, jwksUri, binding }: RegisteredFacts,
  { allowPrivateJwksUri }: { readonly allowPrivateJwksUri: boolean },
): Client {
  return clientOf({
    clientId,
    method,
    certificates: [],
    subjectDn: subject.tls_client_auth_subject_dn,
    sanDns: subject.tls_client_auth_san_dns,
    sanUri: subject.tls_client_auth_san_uri,
    sanIp: subject.tls_client_auth_san_ip,
    sanEmail: subject.tls_client_auth_san_email,
    jwks,
    jwksUri,
    allowPrivateJwksUri,
    binding,
    // The service is told the digest: the secret itself is kept nowhere.
    upstreamCredential: secret && { method: 'client_secret_post', secret: secret.sha256 },
    secretDigest: secret && {
      sha256: Buffer.from(secret.sha256, 'base64url'),
      expiresAt: secret.expiresAt === 0 ? undefined : secret.expiresAt * 1_000,
    },
  });
}
