/** The keys of the token service, embedded or behind, that say how strict the gateway is. */

import { writtenNames } from '../../certificate/header/header-choice.ts';
import type { ConfigState } from '../restart-keys.ts';
import type { EmbeddedConfig, UpstreamConfig } from '../schema.ts';
import {
  mayNotBeMore,
  mayNotLast,
  mustStayOff,
  mustStayOn,
  shortHash,
  weakerBy,
  weakerByRules,
} from './strictness.ts';
import type { Rule } from './strictness.ts';
import { addedPolicies } from './uma-policies.ts';

/** What is not there lets nothing pass. */
const EMBEDDED_RULES: readonly Rule<EmbeddedConfig | undefined>[] = [
  { key: 'profile', of: (one) => mustStayOn(one?.profile !== undefined) },
  {
    key: 'require_pushed_authorization_requests',
    of: (one) => mustStayOn(one?.require_pushed_authorization_requests === true),
  },
  { key: 'password_grant', of: (one) => mustStayOff(one?.password_grant === true) },
  { key: 'users_file', of: (one) => mustStayOff(one?.users_file !== undefined) },
  { key: 'access_token_lifetime', of: (one) => mayNotLast(one?.access_token_lifetime) },
  { key: 'session_lifetime', of: (one) => mayNotLast(one?.session_lifetime) },
  { key: 'signing_keys.rotate_every', of: (one) => mayNotLast(one?.signing_keys.rotate_every) },
  { key: 'signing_keys.keep', of: (one) => mayNotLast(one?.signing_keys.keep) },
  { key: 'scopes', of: (one) => ({ mayNotGrow: (one?.scopes ?? []).map(({ name }) => name) }) },
  {
    key: 'introspection_callers',
    of: (one) => ({ mayNotGrow: one?.introspection_callers ?? [] }),
  },
  { key: 'registration', of: (one) => mustStayOff(one?.registration !== undefined) },
  ...(['initial_access_token_files', 'grant_types', 'scopes'] as const).map(
    (key): Rule<EmbeddedConfig | undefined> => ({
      key: `registration.${key}`,
      of: (one) => ({ mayNotGrow: one?.registration?.[key] ?? [] }),
    }),
  ),
  {
    key: 'registration.max_clients',
    of: (one) => one?.registration && mayNotBeMore(one.registration.max_clients),
  },
  {
    key: 'registration.client_secret_lifetime',
    of: (one) => one?.registration && mayNotBeMore(one.registration.client_secret_lifetime, ' ms'),
  },
  {
    key: 'registration.allow_private_jwks_uri',
    of: (one) => mustStayOff(one?.registration?.allow_private_jwks_uri === true),
  },
  { key: 'uma', of: (one) => mustStayOff(one?.uma !== undefined) },
  {
    key: 'uma.permission_information',
    of: (one) => mustStayOn(one?.uma?.permission_information !== false),
  },
  { key: 'uma.ticket_lifetime', of: (one) => mayNotLast(one?.uma?.ticket_lifetime) },
  { key: 'uma.max_resources', of: (one) => one?.uma && mayNotBeMore(one.uma.max_resources) },
  { key: 'uma.max_tickets', of: (one) => one?.uma && mayNotBeMore(one.uma.max_tickets) },
];

const UPSTREAM_RULES: readonly Rule<UpstreamConfig | undefined>[] = [
  {
    key: 'url',
    of: (one) =>
      one && { scale: ['https', 'http'], at: new URL(one.url).protocol.replace(':', '') },
  },
  { key: 'kind', of: (one) => one && { scale: ['gateway', 'native'], at: one.kind } },
  // A path that is no endpoint any more passes like any other.
  {
    key: 'endpoints',
    of: (one) =>
      one && {
        mayNotShrink: Object.entries(one.endpoints).flatMap(([name, paths = []]) =>
          [paths].flat().map((path) => `${name} ${path}`),
        ),
      },
  },
  // What the gateway writes no more, clients may send.
  {
    key: 'certificate_headers',
    of: (one) => ({ mayNotShrink: (one?.certificate_headers ?? []).flatMap(writtenNames) }),
  },
  {
    key: 'certificate_proof',
    of: (one) => mustStayOn(one?.certificate_proof !== undefined),
  },
  {
    key: 'request_headers_to_remove',
    of: (one) => ({
      mayNotShrink: (one?.request_headers_to_remove ?? []).map((name) => name.toLowerCase()),
    }),
  },
  {
    key: 'introspection.authentication',
    of: (one) =>
      one && {
        scale: ['certificate', 'both', 'upstream'],
        at: one.introspection.authentication,
      },
  },
  {
    key: 'introspection.callers',
    of: (one) => ({ mayNotGrow: one?.introspection.callers ?? ['whom the server lets'] }),
  },
  {
    key: 'introspection.remove_hidden_scopes',
    of: (one) => one && mustStayOn(one.introspection.remove_hidden_scopes),
  },
  ...(['issuer', 'jwks_uri'] as const).map((key): Rule<UpstreamConfig | undefined> => ({
    key: `introspection.signed_answers.${key}`,
    of: (one) => {
      const signed = one?.introspection.signed_answers;
      return { mayNotGrow: signed === undefined ? [] : [signed[key]] };
    },
  })),
  {
    key: 'introspection.cache.ttl',
    of: (one) => one && mayNotLast(one.introspection.cache?.ttl ?? 0),
  },
  // Under if_bound a token whose binding is gone passes without its certificate.
  ...(['access_token_lifetime', 'refresh_token_lifetime'] as const).map(
    (key): Rule<UpstreamConfig | undefined> => ({
      key,
      of: (one) => one && { mayNotFall: one[key] },
    }),
  ),
];

/** Returns what the token service lets pass that it refused before. */
export function* weakerService(
  before: ConfigState,
  after: ConfigState,
): Iterable<readonly string[]> {
  const [a, b] = [before.config.token_service, after.config.token_service];
  const embedded = [a, b].map((one) => ('embedded' in one ? one.embedded : undefined));
  const upstream = [a, b].map((one) => ('upstream' in one ? one.upstream : undefined));
  const cas = [before, after].map(({ material }) => ({
    vouchers: material.upstreamCaPems.map(shortHash),
    otherwise: 'the public roots',
  }));
  yield weakerByRules('token_service.embedded.', EMBEDDED_RULES, [embedded[0], embedded[1]]);
  yield* addedPolicies(embedded[0]?.uma?.policies ?? [], embedded[1]?.uma?.policies ?? []);
  yield weakerByRules('token_service.upstream.', UPSTREAM_RULES, [upstream[0], upstream[1]]);
  yield weakerBy('token_service.upstream.ca', cas[0], cas[1]);
}
