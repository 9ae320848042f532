/** The FAPI 2.0 Security Profile (Final) in the provider's words. */

import type { KeyObject } from 'node:crypto';
import type { ServerResponse } from 'node:http';

import type { Configuration } from './provider.ts';

export interface ProfileFacts {
  readonly profile?: 'fapi_2_0' | undefined;
}

/** FAPI 2.0 section 5.3.2.1; the third one, private_key_jwt, is not offered. */
const PROFILE_METHODS: ReadonlySet<string> = new Set([
  'self_signed_tls_client_auth',
  'tls_client_auth',
]);

/** FAPI 2.0 section 5.4.1, of those that keys are made for. */
const PROFILE_ALGORITHMS = ['ES256', 'PS256'] as const;

const CURVES: ReadonlySet<string> = new Set(['prime256v1', 'secp384r1', 'secp521r1']);
const LEAST_RSA_BITS = 2_048;

/** FAPI 2.0 section 5.3.2.1: clocks up to ten seconds ahead are taken, a minute is too much. */
const CLOCK_TOLERANCE_SECONDS = 10;

/** Returns the feature of the provider: PKCE for every client, redirect_uri in every request. */
export function profileFeature({ profile }: ProfileFacts) {
  if (profile === undefined) return { enabled: false } as const;
  return { enabled: true, profile: '2.0' } as const;
}

/** Returns the methods by which clients may authenticate, of those that the service has. */
export function authenticationMethods<Method extends string>(
  { profile }: ProfileFacts,
  methods: readonly Method[],
): Method[] {
  return methods.filter((method) => profile === undefined || PROFILE_METHODS.has(method));
}

/** Returns what the profile changes in the configuration of the provider; nothing without one. */
export function profileConfiguration({ profile }: ProfileFacts): Configuration {
  if (profile === undefined) return {};
  return {
    clockTolerance: CLOCK_TOLERANCE_SECONDS,
    enabledJWA: { idTokenSigningAlgValues: [...PROFILE_ALGORITHMS] },
    // FAPI 2.0 section 5.3.2.1. Bound to the client by its certificate, it is of no use to a thief.
    rotateRefreshToken: false,
  };
}

/** Returns the keys that the profile lets sign, of those that the service has. */
export function signingKeys<Key extends { readonly alg?: string }>(
  { profile }: ProfileFacts,
  keys: readonly Key[],
): Key[] {
  const allowed: readonly string[] = PROFILE_ALGORITHMS;
  return keys.filter(({ alg = '' }) => profile === undefined || allowed.includes(alg));
}

/** Section 5.2.3: browsers that were here once come by TLS alone (RFC 6797), for a year. */
export function forbidPlainHttp(response: ServerResponse): void {
  response.setHeader('strict-transport-security', 'max-age=31536000');
}

/** Whether the profile takes the key of a client's certificate (section 5.4.1). */
export function isStrongEnough(
  { profile }: ProfileFacts,
  { asymmetricKeyType, asymmetricKeyDetails }: KeyObject,
): boolean {
  if (profile === undefined) return true;
  const { modulusLength, namedCurve } = asymmetricKeyDetails ?? {};
  if (modulusLength !== undefined && modulusLength < LEAST_RSA_BITS) return false;
  return asymmetricKeyType !== 'ec' || CURVES.has(namedCurve ?? '');
}
