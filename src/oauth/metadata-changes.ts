/** What a server's metadata must say differently when clients reach it through the gateway. */

import { readJsonMembers } from '../http/json-members.ts';
import type { JsonMembers } from '../http/json-members.ts';
import { invalidAnswer } from '../upstream/failure.ts';

export interface MetadataFacts {
  /** Present where the gateway authenticates clients and binds tokens for the server. */
  readonly methods: GatewayMethods | undefined;
  /** Origin at which endpoints are reached over mutual TLS (RFC 8705 section 5). */
  readonly aliasesOrigin: string | undefined;
  /** Origin that is published in place of the server's own. */
  readonly endpointsOrigin: string | undefined;
  /** Origin under which the gateway reaches the server. */
  readonly serverOrigin: string;
}

export interface GatewayMethods {
  /** Who authenticates the callers of introspection. */
  readonly introspection: 'both' | 'upstream' | 'certificate';
}

/** By which certificates alone authenticate (RFC 8705 section 2). */
const CERTIFICATE_METHODS: readonly string[] = ['tls_client_auth', 'self_signed_tls_client_auth'];

/** What a registered client may use; the server sees none of it. Assertions are not verified here. */
const CLIENT_METHODS: readonly string[] = [
  ...CERTIFICATE_METHODS,
  'client_secret_basic',
  'client_secret_post',
  'none',
];

/** Endpoints that a client calls itself, without a browser (RFC 8705 section 5). */
const DIRECT_ENDPOINTS: readonly string[] = [
  'token_endpoint',
  'revocation_endpoint',
  'introspection_endpoint',
  'pushed_authorization_request_endpoint',
  'device_authorization_endpoint',
  'backchannel_authentication_endpoint',
  'userinfo_endpoint',
  'registration_endpoint',
];

type Changes = Map<string, string | undefined>;

/**
 * The members to change, as `JsonMembers.changed` takes them; none where all is well. The issuer is
 * never among them (RFC 8414 section 3.3).
 *
 * @throws UpstreamError 502 where a member that must be changed can't be read.
 */
export function metadataChanges(document: JsonMembers, facts: MetadataFacts): Changes {
  const changes: Changes = new Map();
  moveEndpoints(document, facts, changes);
  if (facts.aliasesOrigin !== undefined) {
    addAliases(document, { ...facts, aliasesOrigin: facts.aliasesOrigin }, changes);
  }
  if (facts.methods !== undefined) tellMethods(document, facts.methods, changes);
  for (const [name, value] of changes) {
    if (document.source(name) === value) changes.delete(name);
  }
  // It takes precedence over what stands beside it, and only the server could sign what it now
  // should say (RFC 8414 section 2.1).
  if (changes.size > 0 && document.has('signed_metadata')) {
    changes.set('signed_metadata', undefined);
  }
  return changes;
}

function moveEndpoints(
  document: JsonMembers,
  { endpointsOrigin, serverOrigin }: MetadataFacts,
  changes: Changes,
): void {
  if (endpointsOrigin === undefined) return;
  for (const name of document.keys) {
    if (!name.endsWith('_endpoint') && name !== 'jwks_uri') continue;
    const url = urlMember(document, name);
    if (url?.origin === serverOrigin) changes.set(name, moved(url, endpointsOrigin));
  }
}

/** Only for endpoints of the server itself: a foreign host is not behind the gateway. */
function addAliases(
  document: JsonMembers,
  { aliasesOrigin, endpointsOrigin, serverOrigin }: MetadataFacts & { aliasesOrigin: string },
  changes: Changes,
): void {
  const own = new Set([serverOrigin, endpointsOrigin, urlMember(document, 'issuer')?.origin]);
  const aliases: Changes = new Map();
  for (const name of DIRECT_ENDPOINTS) {
    const url = urlMember(document, name);
    if (url !== undefined && own.has(url.origin)) aliases.set(name, moved(url, aliasesOrigin));
  }
  if (aliases.size === 0) return;
  const present = document.source('mtls_endpoint_aliases') ?? '{}';
  const all = readJsonMembers(present);
  if (all === undefined) throw invalidAnswer('mtls_endpoint_aliases is no object');
  changes.set('mtls_endpoint_aliases', all.changed(aliases));
}

function tellMethods(
  document: JsonMembers,
  { introspection }: GatewayMethods,
  changes: Changes,
): void {
  const tell = (endpoint: string, methods: readonly string[]): void => {
    if (!document.has(endpoint)) return;
    changes.set(`${endpoint}_auth_methods_supported`, JSON.stringify(methods));
  };
  const withServers = (endpoint: string): readonly string[] => [
    ...new Set([
      ...listMember(document, `${endpoint}_auth_methods_supported`),
      ...CERTIFICATE_METHODS,
    ]),
  ];
  tell('token_endpoint', CLIENT_METHODS);
  tell('revocation_endpoint', withServers('revocation_endpoint'));
  if (introspection === 'certificate') tell('introspection_endpoint', CERTIFICATE_METHODS);
  if (introspection === 'both') {
    tell('introspection_endpoint', withServers('introspection_endpoint'));
  }
  changes.set('tls_client_certificate_bound_access_tokens', 'true');
}

/** The methods of the server; RFC 8414 section 2 gives the one that counts where it names none. */
function listMember(document: JsonMembers, name: string): readonly string[] {
  const value = document.has(name) ? document.value(name) : ['client_secret_basic'];
  if (Array.isArray(value)) return value.filter((each) => typeof each === 'string');
  throw invalidAnswer(`${name} is no list`);
}

function urlMember(document: JsonMembers, name: string): URL | undefined {
  const value = document.value(name);
  return typeof value === 'string' && URL.canParse(value) ? new URL(value) : undefined;
}

/** The value text of a URL at another origin. */
function moved({ pathname, search }: URL, origin: string): string {
  return JSON.stringify(new URL(origin).origin + pathname + search);
}
