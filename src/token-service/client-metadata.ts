/** Clients as the provider wants them (RFC 7591 section 2 and RFC 8705 section 2). */

import { X509Certificate } from 'node:crypto';

import { StartError } from '../errors.ts';
import type { webcrypto } from 'node:crypto';
import type { ClientMetadata } from 'oidc-provider';

export interface ServiceClient {
  readonly clientId: string;
  readonly method:
    | 'self_signed_tls_client_auth'
    | 'tls_client_auth'
    | 'client_secret_basic'
    | 'client_secret_post';
  /** Of the client_secret methods. */
  readonly secret?: string | undefined;
  /** Of tls_client_auth; compared by the gateway, told here for the provider's own rules. */
  readonly subjectDn?: string | undefined;
  /** Of self_signed_tls_client_auth: the registered certificates, DER. */
  readonly certificates: readonly Uint8Array[];
  readonly grantTypes: readonly string[];
}

/** The keys that the provider keeps; it drops any other without a word. */
const KEPT_CURVES: ReadonlySet<string> = new Set(['P-256', 'P-384', 'P-521', 'Ed25519']);
const KEPT_TYPES_WITHOUT_CURVE: ReadonlySet<string> = new Set(['RSA', 'AKP']);

/**
 * Returns the metadata of the clients. Tokens of those that authenticate by certificate are always
 * bound to it (RFC 8705 section 3.4).
 *
 * @throws StartError when two have one id, or when what a client's method compares is missing or
 * can't be registered.
 */
export function clientsMetadata(clients: readonly ServiceClient[]): ClientMetadata[] {
  const seen = new Set<string>();
  for (const client of clients) {
    if (seen.has(client.clientId)) throw refused(client, 'its id is not unique');
    seen.add(client.clientId);
  }
  return clients.map(clientMetadata);
}

function clientMetadata(client: ServiceClient): ClientMetadata {
  const common: ClientMetadata = {
    client_id: client.clientId,
    token_endpoint_auth_method: client.method,
    grant_types: [...client.grantTypes],
    response_types: [],
    redirect_uris: [],
  };
  switch (client.method) {
    case 'self_signed_tls_client_auth':
      return {
        ...common,
        tls_client_certificate_bound_access_tokens: true,
        jwks: { keys: registeredKeys(client) },
      };
    case 'tls_client_auth':
      return {
        ...common,
        tls_client_certificate_bound_access_tokens: true,
        tls_client_auth_subject_dn: present(client, client.subjectDn, 'subject'),
      };
    case 'client_secret_basic':
    case 'client_secret_post':
      return { ...common, client_secret: present(client, client.secret, 'secret') };
  }
}

function registeredKeys(client: ServiceClient): webcrypto.JsonWebKey[] {
  if (client.certificates.length === 0) throw refused(client, 'it has no certificate');
  return client.certificates.map((der) => ({ ...publicKey(client, der), x5c: [base64(der)] }));
}

function publicKey(client: ServiceClient, der: Uint8Array): webcrypto.JsonWebKey {
  const jwk = exportKey(client, der);
  const { kty = '', crv = '' } = jwk;
  if (KEPT_TYPES_WITHOUT_CURVE.has(kty) || KEPT_CURVES.has(crv)) return jwk;
  throw refused(client, `keys of type ${[kty, crv].join(' ')} can't be registered`);
}

function exportKey(client: ServiceClient, der: Uint8Array): webcrypto.JsonWebKey {
  try {
    return new X509Certificate(der).publicKey.export({ format: 'jwk' });
  } catch (cause) {
    throw refused(client, 'the key of its certificate can not be read', cause);
  }
}

function present(client: ServiceClient, value: string | undefined, what: string): string {
  if (value === undefined || value === '') throw refused(client, `it has no ${what}`);
  return value;
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64');
}

function refused(client: ServiceClient, what: string, cause?: unknown): StartError {
  return new StartError(`client ${client.clientId} (${client.method}): ${what}`, cause);
}
