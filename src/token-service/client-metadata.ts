/** Clients as the provider wants them (RFC 7591 section 2 and RFC 8705 section 2). */

import { StartError } from '../errors.ts';
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
  readonly grantTypes: readonly string[];
  /** Of the client_secret methods: tokens are bound to the certificate, or to none. */
  readonly isBound?: boolean;
}

/** A subject that the provider demands and nobody compares: the gateway has decided. */
const DECIDED_SUBJECT = 'CN=decided by the gateway';

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
    grant_types: [...client.grantTypes],
    response_types: [],
    redirect_uris: [],
  };
  switch (client.method) {
    // What a client's method compares stays with the gateway, for either method: the provider is
    // told the one for which it asks back (`certificateSubjectMatches`).
    case 'self_signed_tls_client_auth':
    case 'tls_client_auth':
      return {
        ...common,
        token_endpoint_auth_method: 'tls_client_auth',
        tls_client_certificate_bound_access_tokens: true,
        tls_client_auth_subject_dn: DECIDED_SUBJECT,
      };
    case 'client_secret_basic':
    case 'client_secret_post':
      return {
        ...common,
        token_endpoint_auth_method: client.method,
        client_secret: present(client, client.secret, 'secret'),
        tls_client_certificate_bound_access_tokens: client.isBound === true,
      };
  }
}

function present(client: ServiceClient, value: string | undefined, what: string): string {
  if (value === undefined || value === '') throw refused(client, `it has no ${what}`);
  return value;
}

function refused(client: ServiceClient, what: string, cause?: unknown): StartError {
  return new StartError(`client ${client.clientId} (${client.method}): ${what}`, cause);
}
