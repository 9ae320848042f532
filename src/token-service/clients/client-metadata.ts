/** Clients as the provider wants them (RFC 7591 section 2 and RFC 8705 sections 2 and 3.4). */

import { StartError } from '../../errors.ts';
import type { ClientMetadata } from 'oidc-provider';

export interface ServiceClient {
  readonly clientId: string;
  readonly method:
    | 'self_signed_tls_client_auth'
    | 'tls_client_auth'
    | 'client_secret_basic'
    | 'client_secret_post'
    | 'none';
  /** Of the client_secret methods. */
  readonly secret?: string | undefined;
  readonly grantTypes: readonly string[];
  /** The name by which people know it. */
  readonly name?: string | undefined;
  readonly redirectUris?: readonly string[] | undefined;
  readonly postLogoutRedirectUris?: readonly string[] | undefined;
  /** What it may ask for; none where absent or empty. */
  readonly scopes?: readonly string[] | undefined;
  /** RFC 9126 section 6. */
  readonly requiresPushedRequests?: boolean | undefined;
  /** Whether its tokens are bound to a certificate: always, when the request has one, or never. */
  readonly binding: 'required' | 'if_present' | 'off';
  /** Its access tokens are JWTs for these resource servers, absolute URIs; absent: opaque. */
  readonly audience?: readonly string[] | undefined;
  /** What else a client that registered itself has, by its wire names; these count. */
  readonly members?: Readonly<Record<string, unknown>> | undefined;
}

/** Returns a client that registered itself. Rejects with a StoreError where nobody can say. */
export type FindRegistered = (clientId: string) => Promise<ServiceClient | undefined>;

/** Returns the metadata of a client for a request that has a certificate or has none. */
export type FindMetadata = (
  clientId: string,
  hasCertificate: boolean,
) => Promise<ClientMetadata | undefined>;

/** A subject that the provider demands and nobody compares: the gateway has decided. */
const DECIDED_SUBJECT = 'CN=decided by the gateway';

interface BothMetadata {
  readonly with: ClientMetadata;
  readonly without: ClientMetadata;
}

/**
 * Returns what finds the metadata of the clients; those of the configuration go first.
 *
 * @throws StartError when two have one id, or when a client of a client_secret method has none.
 */
export function createClientMetadata(
  clients: readonly ServiceClient[],
  findRegistered: FindRegistered = async () => undefined,
): FindMetadata {
  const known = new Map<string, BothMetadata>();
  for (const client of clients) {
    if (known.has(client.clientId)) throw refused(client, 'its id is not unique');
    known.set(client.clientId, bothMetadata(client));
  }
  const findBoth = async (clientId: string): Promise<BothMetadata | undefined> => {
    const registered = await findRegistered(clientId);
    return registered && bothMetadata(registered);
  };
  return async (clientId, hasCertificate) => {
    const both = known.get(clientId) ?? (await findBoth(clientId));
    return both?.[hasCertificate ? 'with' : 'without'];
  };
}

/**
 * The provider knows no binding that depends on the request, only clients whose tokens are bound
 * and clients whose tokens are not. So a client with `if_present` is two to it, one for requests
 * with a certificate and one for those without; each stays what it is while requests share it.
 */
function bothMetadata(client: ServiceClient): BothMetadata {
  const metadata = clientMetadata(client);
  const bound = { ...metadata, tls_client_certificate_bound_access_tokens: true };
  const unbound = { ...metadata, tls_client_certificate_bound_access_tokens: false };
  return {
    with: client.binding === 'off' ? unbound : bound,
    without: client.binding === 'required' ? bound : unbound,
  };
}

/** @throws StartError when a client of a client_secret method has none. */
export function clientMetadata(client: ServiceClient): ClientMetadata {
  const common: ClientMetadata = {
    client_id: client.clientId,
    grant_types: [...client.grantTypes],
    ...peopleMetadata(client),
    ...client.members,
  };
  switch (client.method) {
    // What a client's method compares stays with the gateway, for either method: the provider is
    // told the one for which it asks back (`certificateSubjectMatches`).
    case 'self_signed_tls_client_auth':
    case 'tls_client_auth':
      return {
        ...common,
        token_endpoint_auth_method: 'tls_client_auth',
        tls_client_auth_subject_dn: DECIDED_SUBJECT,
      };
    case 'client_secret_basic':
    case 'client_secret_post':
      return {
        ...common,
        token_endpoint_auth_method: client.method,
        client_secret: present(client, client.secret, 'secret'),
      };
    case 'none':
      return { ...common, token_endpoint_auth_method: client.method };
  }
}

/** What is about people: where they come back to, and what they are asked. */
function peopleMetadata(client: ServiceClient): Partial<ClientMetadata> {
  const { name, redirectUris = [], postLogoutRedirectUris = [], scopes = [] } = client;
  return {
    response_types: client.grantTypes.includes('authorization_code') ? ['code'] : [],
    redirect_uris: [...redirectUris],
    // The provider does not know it where nobody can be sent here.
    ...(client.requiresPushedRequests === true && { require_pushed_authorization_requests: true }),
    // The provider does not know it where nobody can log out.
    ...(postLogoutRedirectUris.length > 0 && {
      post_logout_redirect_uris: [...postLogoutRedirectUris],
    }),
    // Whoever can take the scheme of an app is asked for consent each time (RFC 8252 section 8.6).
    application_type: redirectUris.every((uri) => /^https?:/.test(uri)) ? 'web' : 'native',
    ...(name !== undefined && { client_name: name }),
    ...(scopes.length > 0 && { scope: scopes.join(' ') }),
  };
}

function present(client: ServiceClient, value: string | undefined, what: string): string {
  if (value === undefined || value === '') throw refused(client, `it has no ${what}`);
  return value;
}

function refused(client: ServiceClient, what: string): StartError {
  return new StartError(`client ${client.clientId} (${client.method}): ${what}`);
}
