/** The token service: its addresses, the CAs of an upstream, the callers of introspection. */

import { checkCertificateHeaders, readProofKey } from './check-certificate-headers.ts';
import { readInitialAccessTokens } from './check-registration.ts';
import { checkRemovedHeaders } from './check-removed-headers.ts';
import { readSealingKeys } from './check-sealing-keys.ts';
import { checkSigningKeys } from './check-signing-keys.ts';
import { readCaPems } from './check-trust-stores.ts';
import { checkUma } from './check-uma.ts';
import { readUsers } from './check-users.ts';
import { checkScopes } from './scopes.ts';
import type { User } from '../users/users-file.ts';
import type { KeyPath } from './positions.ts';
import type { Report } from './report.ts';
import type { Config, UpstreamConfig } from './schema.ts';

export interface TokenServiceMaterial {
  /** The upstream's CAs as PEM, one text each; empty for the embedded service. */
  readonly upstreamCaPems: readonly string[];
  /** Users of the embedded service. */
  readonly users: readonly User[];
  /** With which clients register themselves at the embedded service. */
  readonly initialAccessTokens: readonly string[];
  /** Keys of sealed tokens, 32 octets each; empty where tokens are not sealed. */
  readonly sealingKeys: readonly Uint8Array[];
  /** The key by which certificate headers are proven to the upstream. */
  readonly certificateProofKey?: string;
}

export async function checkTokenService(
  config: Config,
  report: Report,
): Promise<TokenServiceMaterial> {
  const { token_service: service } = config;
  if ('embedded' in service) {
    checkIssuer(service.embedded.issuer, report);
    checkCallers(service.embedded.introspection_callers, config, {
      keyPath: ['token_service', 'embedded', 'introspection_callers'],
      report,
    });
    checkScopes(service.embedded, ['token_service', 'embedded', 'scopes'], report);
    checkSigningKeys(service.embedded, ['token_service', 'embedded', 'signing_keys'], report);
    const users = await readUsers(service.embedded, config, report);
    const initialAccessTokens = await readInitialAccessTokens(service.embedded, report);
    checkUma(service.embedded, { config, users, report });
    return { upstreamCaPems: [], users, initialAccessTokens, sealingKeys: [] };
  }
  const keyPath: KeyPath = ['token_service', 'upstream'];
  checkOrigin(service.upstream.url, [...keyPath, 'url'], report);
  checkEndpoints(service.upstream, [...keyPath, 'endpoints'], report);
  checkCertificateHeaders(service.upstream, keyPath, report);
  checkRemovedHeaders(service.upstream, keyPath, report);
  checkIntrospection(service.upstream, [...keyPath, 'introspection'], report);
  checkMetadata(service.upstream, [...keyPath, 'metadata'], report);
  checkCallers(service.upstream.introspection.callers ?? [], config, {
    keyPath: [...keyPath, 'introspection', 'callers'],
    report,
  });
  const certificateProofKey = await readProofKey(service.upstream, keyPath, report);
  return {
    upstreamCaPems: await readCaPems(service.upstream.ca, [...keyPath, 'ca'], report),
    users: [],
    initialAccessTokens: [],
    sealingKeys: await readSealingKeys(service.upstream, report),
    ...(certificateProofKey !== undefined && { certificateProofKey }),
  };
}

/** Two endpoints on one path would be one endpoint, with the duties of only one of them. */
function checkEndpoints({ endpoints }: UpstreamConfig, keyPath: KeyPath, report: Report): void {
  const seen = new Set<string>();
  const check = (place: KeyPath, path: string): void => {
    if (seen.has(path)) report.add(place, `${path} is another endpoint already`);
    seen.add(path);
  };
  const { metadata, ...single } = endpoints;
  for (const [name, path] of Object.entries(single)) {
    if (path !== undefined) check([...keyPath, name], path);
  }
  metadata.forEach((path, index) => check([...keyPath, 'metadata', index], path));
}

/** A list of callers that nobody would be compared with. */
function checkIntrospection(
  { introspection }: UpstreamConfig,
  keyPath: KeyPath,
  report: Report,
): void {
  if (introspection.authentication !== 'upstream' || introspection.callers === undefined) return;
  report.add([...keyPath, 'callers'], 'needs callers that the gateway authenticates');
}

function checkMetadata({ metadata }: UpstreamConfig, keyPath: KeyPath, report: Report): void {
  for (const name of ['mtls_aliases_origin', 'endpoints_origin'] as const) {
    const origin = metadata[name];
    if (origin !== undefined) checkOrigin(origin, [...keyPath, name], report);
  }
}

/** The issuer is compared as text (RFC 8414 section 3.3), so that one spelling alone will do. */
function checkIssuer(issuer: string, report: Report): void {
  const keyPath = ['token_service', 'embedded', 'issuer'];
  if (!checkOrigin(issuer, keyPath, report)) return;
  if (issuer.endsWith('/')) report.add(keyPath, 'must not end with a slash');
}

function checkOrigin(text: string, keyPath: KeyPath, report: Report): boolean {
  const url = new URL(text);
  const extras = [
    url.username !== '' || url.password !== '' ? 'credentials' : undefined,
    url.pathname === '/' ? undefined : 'a path',
    text.includes('?') ? 'a query' : undefined,
    text.includes('#') ? 'a fragment' : undefined,
  ].filter((extra) => extra !== undefined);
  if (extras.length === 0) return true;
  report.add(keyPath, `must not have ${extras.join(' or ')}, expected an origin`);
  return false;
}

function checkCallers(
  callers: readonly string[],
  config: Config,
  { keyPath, report }: { readonly keyPath: KeyPath; readonly report: Report },
): void {
  const known = new Map(config.clients.map((client) => [client.client_id, client]));
  callers.forEach((caller, index) => {
    const client = known.get(caller);
    if (client === undefined) {
      report.add([...keyPath, index], `there is no client "${caller}" in clients`);
    } else if (client.token_endpoint_auth_method === 'none') {
      report.add([...keyPath, index], `"${caller}" is public: anyone could ask in its name`);
    }
  });
}
