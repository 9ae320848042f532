/** The keys that say how strict a configuration is, each with its scale. */

import { hash } from 'node:crypto';

import type { ConfigState } from './restart-keys.ts';
import type { ClientConfig, ListenerConfig } from './schema.ts';
import { onOff } from './strictness.ts';
import type { Strictness } from './strictness.ts';

export const MODES = ['require', 'want', 'off'];
const REVOCATION = ['hard', 'soft', 'off'];
export const OFF_ON = ['off', 'on'];
const ON_OFF = ['on', 'off'];
const REFUSE_ACCEPT = ['refuse', 'accept'];

export interface Rule<Of> {
  readonly key: string;
  readonly of: (one: Of) => Strictness;
}

const addressText = (entry: unknown): string => JSON.stringify(entry);

export const LISTENER_RULES: readonly Rule<ListenerConfig>[] = [
  { key: 'client_certificate', of: (one) => ({ scale: MODES, at: one.client_certificate }) },
  { key: 'revocation', of: (one) => ({ scale: REVOCATION, at: one.revocation }) },
  {
    key: 'tls_min_version',
    of: (one) => ({ scale: ['TLSv1.3', 'TLSv1.2'], at: one.tls_min_version }),
  },
  {
    key: 'session_resumption',
    of: ({ session_resumption: mode, client_certificate: asked }) => ({
      scale: OFF_ON,
      at: mode ?? onOff(asked === 'off'),
    }),
  },
  {
    key: 'from_load_balancer.peers',
    of: ({ from_load_balancer: from }) => ({ mayNotGrow: (from?.peers ?? []).map(addressText) }),
  },
  {
    key: 'from_load_balancer.verified',
    of: ({ from_load_balancer: from }) => ({
      scale: ['here', 'balancer'],
      at: from?.verified ?? 'here',
    }),
  },
  {
    key: 'from_load_balancer.peer_certificate',
    of: ({ from_load_balancer: from }) => ({
      scale: ON_OFF,
      at: onOff(from === undefined || from.peer_certificate !== undefined),
    }),
  },
  {
    key: 'proxy_protocol.peers',
    of: ({ proxy_protocol: proxy }) => ({ mayNotGrow: (proxy?.peers ?? []).map(addressText) }),
  },
];

const METHODS = [
  'certificate_and_secret',
  'tls_client_auth',
  'self_signed_tls_client_auth',
  'client_secret_basic',
  'client_secret_post',
  'none',
];

export const CLIENT_RULES: readonly Rule<ClientConfig>[] = [
  {
    key: 'token_endpoint_auth_method',
    of: ({ token_endpoint_auth_method: method }) => ({ scale: METHODS, at: method }),
  },
  {
    key: 'certificate_binding',
    of: (one) => ({ scale: ['required', 'if_present', 'off'], at: bindingOf(one) }),
  },
  {
    key: 'mandate_certificate',
    of: (one) => ({ scale: ON_OFF, at: onOff(one.mandate_certificate) }),
  },
  {
    key: 'revocation',
    of: ({ revocation }) => ({ scale: REVOCATION, at: revocation ?? '' }),
  },
  {
    key: 'allow_secret_in_query',
    of: (one) => ({ scale: OFF_ON, at: onOff(one.allow_secret_in_query) }),
  },
  {
    key: 'allow_private_jwks_uri',
    of: (one) => ({ scale: OFF_ON, at: onOff(one.allow_private_jwks_uri) }),
  },
  { key: 'spki_pins', of: (one) => ({ scale: ON_OFF, at: onOff(one.spki_pins.length > 0) }) },
  { key: 'grant_types', of: (one) => ({ mayNotGrow: one.grant_types }) },
  { key: 'redirect_uris', of: (one) => ({ mayNotGrow: one.redirect_uris }) },
  {
    key: 'require_pushed_authorization_requests',
    of: (one) => ({
      scale: ON_OFF,
      at: onOff(one.require_pushed_authorization_requests === true),
    }),
  },
];

export const CONFIG_RULES: readonly Rule<ConfigState>[] = [
  ...(['absent_extended_key_usage', 'any_extended_key_usage', 'ca_certificate'] as const).map(
    (key): Rule<ConfigState> => ({
      key: `certificate_rules.${key}`,
      of: ({ config }) => ({ scale: REFUSE_ACCEPT, at: config.certificate_rules[key] }),
    }),
  ),
  {
    key: 'certificate_rules.clock_skew',
    of: ({ config }) => ({ mayNotRise: config.certificate_rules.clock_skew }),
  },
  ...(['crl_files', 'crl_urls'] as const).map((key): Rule<ConfigState> => ({
    key: `revocation.${key}`,
    of: ({ config }) => ({ mayNotShrink: config.revocation[key] }),
  })),
  ...(['ocsp', 'crl_distribution_points'] as const).map((key): Rule<ConfigState> => ({
    key: `revocation.${key}`,
    of: ({ config }) => ({ scale: ON_OFF, at: onOff(config.revocation[key]) }),
  })),
  {
    key: 'revocation.allow_private_addresses',
    of: ({ config }) => ({ scale: OFF_ON, at: onOff(config.revocation.allow_private_addresses) }),
  },
  {
    key: 'token_service.embedded.password_grant',
    of: ({ config: { token_service: service } }) => ({
      scale: OFF_ON,
      at: onOff('embedded' in service && service.embedded.password_grant),
    }),
  },
  ...(['profile', 'require_pushed_authorization_requests'] as const).map(
    (key): Rule<ConfigState> => ({
      key: `token_service.embedded.${key}`,
      of: ({ config: { token_service: service } }) => {
        const value = 'embedded' in service ? service.embedded[key] : undefined;
        return { scale: ON_OFF, at: onOff(value !== undefined && value !== false) };
      },
    }),
  ),
  {
    key: 'token_service.embedded.registration',
    of: ({ config: { token_service: service } }) => ({
      scale: OFF_ON,
      at: onOff('embedded' in service && service.embedded.registration !== undefined),
    }),
  },
  ...(['grant_types', 'scopes'] as const).map((key): Rule<ConfigState> => ({
    key: `token_service.embedded.registration.${key}`,
    of: ({ config: { token_service: service } }) => ({
      mayNotGrow: ('embedded' in service && service.embedded.registration?.[key]) || [],
    }),
  })),
  {
    key: 'token_service.embedded.introspection_callers',
    of: ({ config: { token_service: service } }) => ({
      mayNotGrow: 'embedded' in service ? service.embedded.introspection_callers : [],
    }),
  },
  {
    key: 'token_service.upstream.certificate_proof',
    of: ({ config: { token_service: service } }) => ({
      scale: ON_OFF,
      at: onOff('upstream' in service && service.upstream.certificate_proof !== undefined),
    }),
  },
  {
    key: 'token_service.upstream.request_headers_to_remove',
    of: ({ config: { token_service: service } }) => ({
      mayNotShrink: 'upstream' in service ? service.upstream.request_headers_to_remove : [],
    }),
  },
  {
    key: 'token_service.upstream.ca',
    of: ({ material }) => ({ mayNotGrow: material.upstreamCaPems.map(shortHash) }),
  },
];

function bindingOf(client: ClientConfig): string {
  const { certificate_binding: binding, token_endpoint_auth_method: method } = client;
  const stated = client.tls_client_certificate_bound_access_tokens;
  if (binding !== undefined) return binding;
  if (stated !== undefined) return stated ? 'required' : 'off';
  const byCertificate = METHODS.indexOf(method) < METHODS.indexOf('client_secret_basic');
  return byCertificate ? 'required' : 'if_present';
}

/** By what a certificate is named: the beginning of its SHA-256. */
export function shortHash(content: string | Uint8Array): string {
  return hash('sha256', content, 'hex').slice(0, 16);
}
