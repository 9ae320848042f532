/** What a client may register: read by the gateway, by the rules of the operator and by the provider. */

import { RequestError } from '../../errors.ts';
import type { ServiceClient } from '../clients/client-metadata.ts';
import { projectClient } from './client-projection.ts';
import type { AuthenticationFacts } from './client-projection.ts';

/** Members by their wire names. */
export type Metadata = Readonly<Record<string, unknown>>;

interface Problem {
  readonly member: string;
  readonly text: string;
}

export interface AcceptanceDeps {
  /** Reads what authenticates the client. */
  readonly readAuthentication: (
    metadata: Metadata,
  ) => Promise<{ readonly facts: AuthenticationFacts } | { readonly problem: Problem }>;
  /** The members that it reads. */
  readonly authenticationMembers: readonly string[];
  /** What is wrong with its redirects, by the rule for clients of the configuration. */
  readonly redirectProblems: (
    uris: readonly string[],
  ) => readonly { readonly index: number; readonly text: string }[];
  /** Those that a client can authenticate by here. */
  readonly methods: readonly string[];
  /** Those that a client may register. */
  readonly grantTypes: readonly string[];
  /** Likewise. */
  readonly scopes: readonly string[];
  /** The metadata as the provider understands it, in its normal form, or what it refuses. */
  readonly normalize: (
    client: ServiceClient,
  ) => { readonly metadata: Metadata } | { readonly refusal: string };
}

export interface AcceptedMetadata {
  readonly metadata: Metadata;
  readonly method: ServiceClient['method'];
}

/** The server's own to say, and what it does not do. */
const NOT_TAKEN: ReadonlySet<string> = new Set([
  'client_id',
  'client_id_issued_at',
  'client_secret',
  'client_secret_expires_at',
  'registration_access_token',
  'registration_client_uri',
  // The provider would fetch it whenever it looks at the client.
  'sector_identifier_uri',
]);

/** Grants that give tokens to whoever names a client, where the client proves nothing. */
const CONFIDENTIAL_GRANTS: readonly string[] = ['client_credentials', 'password'];

/** Grants to which people say yes. */
const GRANTS_OF_PEOPLE: readonly unknown[] = [
  'authorization_code',
  'urn:ietf:params:oauth:grant-type:device_code',
];

/** Stands for a secret and an id that are not made yet. */
const PLACEHOLDER = 'placeholder';

/**
 * Returns what is registered of a request. Members that nobody here understands are left out (RFC
 * 7591 section 2); null and empty text count as omitted (RFC 7592 section 2.2).
 *
 * @throws RequestError 400 `invalid_client_metadata` or `invalid_redirect_uri`, naming the member.
 */
export async function acceptMetadata(
  request: Metadata,
  deps: AcceptanceDeps,
): Promise<AcceptedMetadata> {
  const { authenticationMembers, grantTypes, scopes } = deps;
  const stated = withDefaults(
    Object.fromEntries(
      Object.entries(request).filter(
        ([name, value]) => value !== null && value !== '' && !NOT_TAKEN.has(name),
      ),
    ),
  );
  const outcome = await deps.readAuthentication(stated);
  if ('problem' in outcome) throw refused(outcome.problem.member, outcome.problem.text);
  const { method, binding } = outcome.facts;
  if (!deps.methods.includes(method)) {
    throw refused('token_endpoint_auth_method', `${method} is not served here`);
  }
  for (const member of ['redirect_uris', 'post_logout_redirect_uris']) {
    const uris = redirectsOf(member, stated[member]);
    const [problem] = deps.redirectProblems(uris);
    if (problem !== undefined) throw refused(member, `[${problem.index}] ${problem.text}`);
  }
  const normal = deps.normalize(
    projectClient(
      { clientId: PLACEHOLDER, metadata: stated, secret: { sha256: PLACEHOLDER } },
      { method, binding, authenticationMembers },
    ),
  );
  if ('refusal' in normal) throw refused('', normal.refusal);
  refuseGrants(normal.metadata['grant_types'], method, grantTypes);
  refuseScopes(normal.metadata['scope'], scopes);

  const metadata = {
    ...keptMembers(stated, normal.metadata, authenticationMembers),
    token_endpoint_auth_method: method,
    // What is done without being asked for is said (RFC 7591 section 3.2.1).
    ...(binding === 'required' && { tls_client_certificate_bound_access_tokens: true }),
  };
  return { method, metadata };
}

/** @throws RequestError 400 for what is no list of texts. */
function redirectsOf(member: string, stated: unknown): readonly string[] {
  if (stated === undefined) return [];
  const isList = Array.isArray(stated) && stated.every((uri) => typeof uri === 'string');
  if (!isList) throw refused(member, 'must be a list of URIs');
  return stated;
}

/** Those that authenticate the client as it sent them, the others in their normal form. */
function keptMembers(
  stated: Metadata,
  normal: Metadata,
  authenticationMembers: readonly string[],
): Metadata {
  const kept = Object.keys(stated).flatMap((name) => {
    if (authenticationMembers.includes(name)) return [[name, stated[name]] as const];
    return Object.hasOwn(normal, name) ? [[name, normal[name]] as const] : [];
  });
  return Object.fromEntries(kept);
}

/** By RFC 7591 section 2 a client is one for people; one that can't send them back is a machine. */
function withDefaults(stated: Metadata): Metadata {
  const { redirect_uris: uris, grant_types: grants, response_types: responses } = stated;
  const grantTypes = grants ?? [isFilled(uris) ? 'authorization_code' : 'client_credentials'];
  const stating = (grant: unknown): boolean =>
    Array.isArray(grantTypes) && grantTypes.includes(grant);
  const isForPeople = GRANTS_OF_PEOPLE.some(stating) || isFilled(responses);
  return {
    response_types: stating('authorization_code') ? ['code'] : [],
    // Without any, the provider would let it ask for all.
    ...(isForPeople && { scope: 'openid' }),
    ...stated,
    grant_types: grantTypes,
  };
}

function isFilled(list: unknown): boolean {
  return Array.isArray(list) && list.length > 0;
}

/** In their normal form, to which the provider adds what the response types ask for. */
function refuseGrants(
  grants: unknown,
  method: ServiceClient['method'],
  allowed: readonly string[],
): void {
  for (const grant of Array.isArray(grants) ? grants : []) {
    if (!allowed.includes(grant)) {
      throw refused('grant_types', `can only contain ${allowed.join(', ')}`);
    }
    // RFC 6749 section 4.4
    if (method === 'none' && CONFIDENTIAL_GRANTS.includes(grant)) {
      throw refused('grant_types', `${grant} is not for a client without a credential`);
    }
  }
}

function refuseScopes(scope: unknown, allowed: readonly string[]): void {
  const stated = typeof scope === 'string' ? scope.split(' ') : [];
  if (stated.every((each) => allowed.includes(each))) return;
  throw refused('scope', `can only contain ${allowed.join(', ')}`);
}

/** The provider's texts begin with the member. */
function refused(member: string, text: string): RequestError {
  const publicText = `${member} ${text}`.trim();
  const isRedirect = publicText.startsWith('redirect_uris');
  return new RequestError({
    status: 400,
    code: isRedirect ? 'invalid_redirect_uri' : 'invalid_client_metadata',
    reason: 'registration_metadata_invalid',
    publicText,
  });
}
