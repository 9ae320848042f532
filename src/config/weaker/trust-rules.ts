/** The keys that say what is believed, of certificates, revocations, key sets and tokens. */

import type { ConfigState } from '../restart-keys.ts';
import type { Config } from '../schema.ts';
import { mayNotLast, mustStayOff, mustStayOn, shortHash } from './strictness.ts';
import type { Rule, Strictness } from './strictness.ts';

const ofConfig = (key: string, of: (config: Config) => Strictness): Rule<ConfigState> => ({
  key,
  of: ({ config }) => of(config),
});

export const TRUST_RULES: readonly Rule<ConfigState>[] = [
  ...(['absent_extended_key_usage', 'any_extended_key_usage', 'ca_certificate'] as const).map(
    (key) =>
      ofConfig(`certificate_rules.${key}`, ({ certificate_rules: rules }) => ({
        scale: ['refuse', 'accept'],
        at: rules[key],
      })),
  ),
  ofConfig('certificate_rules.clock_skew', ({ certificate_rules: rules }) =>
    mayNotLast(rules.clock_skew),
  ),
  ...(['crl_files', 'crl_urls'] as const).map((key) =>
    ofConfig(`revocation.${key}`, ({ revocation }) => ({ mayNotShrink: revocation[key] })),
  ),
  ...(['ocsp', 'crl_distribution_points'] as const).map((key) =>
    ofConfig(`revocation.${key}`, ({ revocation }) => mustStayOn(revocation[key])),
  ),
  ofConfig('revocation.refresh', ({ revocation }) => mayNotLast(revocation.refresh)),
  ofConfig('revocation.allow_private_addresses', ({ revocation }) =>
    mustStayOff(revocation.allow_private_addresses),
  ),
  {
    key: 'jwks.ca',
    of: ({ material }) => ({
      vouchers: material.jwksCaPems.map(shortHash),
      otherwise: 'the public roots',
    }),
  },
  // A key that is taken out of a set is believed for so long.
  ofConfig('jwks.max_age', ({ jwks }) => mayNotLast(jwks.max_age)),
  ofConfig('jwks.max_stale', ({ jwks }) => mayNotLast(jwks.max_stale)),
  ofConfig(
    'access_tokens.introspection.cache.ttl',
    ({ access_tokens: { introspection } }) =>
      introspection && mayNotLast(introspection.cache?.ttl ?? 0),
  ),
  ...(['issuer', 'jwks_uri', 'audience', 'types', 'algorithms'] as const).map((key) =>
    ofConfig(
      `access_tokens.jwt.${key}`,
      ({ access_tokens: { jwt } }) => jwt && { mayNotGrow: [jwt[key]].flat() },
    ),
  ),
  {
    key: 'access_tokens.jwt.ca',
    of: ({ config, material }) =>
      config.access_tokens.jwt && {
        vouchers: material.protection.issuerCaPems.map(shortHash),
        otherwise: 'the public roots',
      },
  },
  ofConfig('access_tokens.jwt.clock_skew', ({ access_tokens: { jwt } }) =>
    mayNotLast(jwt?.clock_skew),
  ),
  // What is told of requests goes to somebody from now on, and later by the names that clients choose.
  ofConfig('tracing.mode', ({ tracing }) => ({
    scale: ['off', 'restart', 'join'],
    at: tracing.mode,
  })),
  ofConfig('demo', ({ demo }) => mustStayOff(demo !== undefined)),
  ofConfig('demo.allow_any_address', ({ demo }) => mustStayOff(demo?.allow_any_address === true)),
];
