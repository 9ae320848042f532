/**
 * The closed lists behind every metric label. What is on no list is folded into one value, so that
 * nothing a client sends can make a new series.
 */

import { STATUS_CODES } from 'node:http';

import { REASONS } from '../errors.ts';
import type { Reason } from '../errors.ts';
import type { RequestRecord, RouteName } from './events.ts';

const METHODS: ReadonlySet<string> = new Set([
  'GET',
  'HEAD',
  'POST',
  'PUT',
  'PATCH',
  'DELETE',
  'OPTIONS',
]);
const PROTOCOLS: ReadonlySet<string> = new Set(['TLSv1.2', 'TLSv1.3']);
const HTTP_PROTOCOLS: ReadonlySet<string> = new Set(['http/1.1', 'h2']);
const STATUSES: ReadonlyMap<number, string> = new Map(
  Object.keys(STATUS_CODES).map((status) => [Number(status), status]),
);
const REASON_SET: ReadonlySet<string> = new Set(REASONS);

/** A record, so that the compiler asks for each new route. */
const ROUTES: Readonly<Record<RouteName, true>> = {
  token: true,
  introspection: true,
  revocation: true,
  authorization: true,
  interaction: true,
  logout: true,
  device: true,
  pushed_authorization: true,
  device_authorization: true,
  backchannel_authentication: true,
  registration: true,
  metadata: true,
  jwks: true,
  userinfo: true,
  protection_api: true,
  protected: true,
  admin: true,
  forward: true,
  unknown: true,
};

export const TOKEN_OUTCOMES = [
  'issued',
  'issued_bound',
  'issued_unbound',
  'refused_upstream',
  'refused',
  'failed',
] as const;

export const INTROSPECTION_OUTCOMES = [
  'active',
  'active_bound',
  'inactive',
  'refused_upstream',
  'refused',
  'failed',
] as const;

/** The grants by their names on the wire, each with its label (RFC 6749 section 4 and its extensions). */
const GRANTS: ReadonlyMap<string | undefined, string> = new Map([
  ['authorization_code', 'authorization_code'],
  ['client_credentials', 'client_credentials'],
  ['refresh_token', 'refresh_token'],
  ['password', 'password'],
  ['urn:ietf:params:oauth:grant-type:device_code', 'device_code'],
  ['urn:openid:params:grant-type:ciba', 'ciba'],
  ['urn:ietf:params:oauth:grant-type:token-exchange', 'token_exchange'],
  ['urn:ietf:params:oauth:grant-type:jwt-bearer', 'jwt_bearer'],
  ['urn:ietf:params:oauth:grant-type:saml2-bearer', 'saml2_bearer'],
  ['urn:ietf:params:oauth:grant-type:uma-ticket', 'uma_ticket'],
]);

export const GRANT_TYPES = [...GRANTS.values(), 'other'] as const;

/** `other` too where the request has none that could be read. */
export function grantTypeLabel(grantType: string | undefined): string {
  return GRANTS.get(grantType) ?? 'other';
}

export const STORE_OPERATIONS = [
  'get',
  'put',
  'delete',
  'find_by_tag',
  'delete_by_tag',
  'ping',
  'promise',
] as const;
export type StoreOperation = (typeof STORE_OPERATIONS)[number];

export const CERTIFICATE_HEADER_RESULTS = [
  'believed',
  'unreadable',
  'foreign_address',
  'foreign_certificate',
] as const;

/** Undefined where the request came without such a header. */
export function certificateHeaderLabel({
  certificate,
  certificateHeader,
}: Pick<RequestRecord, 'certificate' | 'certificateHeader'>): string | undefined {
  if (certificateHeader !== 'believed') return certificateHeader;
  const { outcome, thumbprint } = certificate;
  return outcome === 'untrusted' && thumbprint === undefined ? 'unreadable' : 'believed';
}

export const OCSP_RESULTS = [
  'good',
  'revoked',
  'ocsp_malformed',
  'ocsp_unavailable',
  'ocsp_mismatch',
  'ocsp_signature_invalid',
  'ocsp_stale',
  'ocsp_unknown',
] as const;

export function ocspLabel(result: string): string {
  return (OCSP_RESULTS as readonly string[]).includes(result) ? result : 'other';
}

export function methodLabel(method: string): string {
  return METHODS.has(method) ? method : 'other';
}

export function protocolLabel(protocol: string): string {
  return PROTOCOLS.has(protocol) ? protocol : 'other';
}

export function httpProtocolLabel(protocol: string): string {
  return HTTP_PROTOCOLS.has(protocol) ? protocol : 'other';
}

export function routeLabel(route: RouteName): string {
  return Object.hasOwn(ROUTES, route) ? route : 'unknown';
}

/** A registered status code as it is, another as `4xx`: an upstream may answer any of 900. */
export function statusLabel(status: number): string {
  const registered = STATUSES.get(status);
  if (registered !== undefined) return registered;
  const text = String(status);
  return /^[1-5]\d\d$/.test(text) ? `${text.charAt(0)}xx` : 'other';
}

export function reasonLabel(reason: Reason | undefined): string {
  return reason !== undefined && REASON_SET.has(reason) ? reason : 'internal_error';
}

/**
 * What an endpoint did; where it refused or failed, just that: an outcome noted before the failure
 * was never delivered. Whether the refusal was the upstream's is told apart.
 */
export function outcomeLabel(
  outcomes: readonly string[],
  { decision, outcome }: Pick<RequestRecord, 'decision' | 'outcome'>,
): string {
  const counted = decision === 'allowed' || outcome === 'refused_upstream' ? outcome : decision;
  return counted !== undefined && outcomes.includes(counted) ? counted : 'other';
}

/** A clock that steps back, or a missing start, must not make a histogram throw. */
export function seconds(measured: number): number {
  return measured > 0 && Number.isFinite(measured) ? measured : 0;
}

const MAX_SERVER_NAMES = 64;

/** A guard for the first names of `server_names`; those beyond the first 64 are `other`. */
export function createServerNameGuard(): (name: string) => string {
  const known = new Set(['']);
  return (name) => {
    if (known.has(name)) return name;
    if (known.size > MAX_SERVER_NAMES || !/^[a-z0-9*._-]{1,253}$/i.test(name)) return 'other';
    known.add(name);
    return name;
  };
}

/**
 * A guard for names that come from the configuration. It passes the first `max` well-formed ones
 * and folds the rest into `other`, should a caller ever hand in what a client sent.
 */
export function createNameGuard(max: number): (name: string) => string {
  const known = new Set<string>();
  return (name) => {
    if (known.has(name)) return name;
    if (known.size >= max || !/^[a-z0-9][a-z0-9_-]{0,31}$/.test(name)) return 'other';
    known.add(name);
    return name;
  };
}
