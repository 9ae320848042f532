/** The keys of a listener that say how strict it is. */

import type { ListenerMaterial } from '../material.ts';
import type { ListenerConfig } from '../schema.ts';
import {
  CERTIFICATE_MODES,
  mayNotBeMore,
  mayNotLast,
  mustStayOff,
  pairs,
  REVOCATION_MODES,
  shortHash,
  weakerBy,
  weakerByRules,
} from './strictness.ts';
import type { Rule } from './strictness.ts';

const addressText = ({ address, prefix }: { address: string; prefix: number }): string =>
  `${address}/${prefix}`;

const RULES: readonly Rule<ListenerMaterial>[] = [
  {
    key: 'client_certificate',
    of: ({ config }) => ({ scale: CERTIFICATE_MODES, at: config.client_certificate }),
  },
  { key: 'client_ca', of: ({ clientCas }) => ({ mayNotGrow: clientCas.map(shortHash) }) },
  {
    key: 'revocation',
    of: ({ config }) => ({ scale: REVOCATION_MODES, at: config.revocation }),
  },
  {
    key: 'tls_min_version',
    of: ({ config }) => ({ scale: ['TLSv1.3', 'TLSv1.2'], at: config.tls_min_version }),
  },
  {
    key: 'session_resumption',
    of: ({ config: { session_resumption: mode, client_certificate: asked } }) =>
      mustStayOff((mode ?? (asked === 'off' ? 'on' : 'off')) === 'on'),
  },
  {
    key: 'session_ticket_lifetime',
    of: ({ config }) => mayNotLast(config.session_ticket_lifetime),
  },
  {
    key: 'from_load_balancer.peers',
    of: ({ config }) => ({ mayNotGrow: (config.from_load_balancer?.peers ?? []).map(addressText) }),
  },
  {
    key: 'from_load_balancer.peer_certificate',
    of: ({ config, balancerCertificates }) =>
      config.from_load_balancer && {
        vouchers: balancerCertificates,
        otherwise: 'the addresses alone',
      },
  },
  {
    key: 'from_load_balancer.verified',
    of: ({ config: { from_load_balancer: from } }) => ({
      scale: ['here', 'balancer'],
      at: from?.verified ?? 'here',
    }),
  },
  // A header that is read no more travels on.
  {
    key: 'from_load_balancer.name',
    of: ({ config: { from_load_balancer: from } }) => ({
      mayNotShrink: [from?.name, from?.chain_name].filter((name) => name !== undefined),
    }),
  },
  {
    key: 'proxy_protocol.peers',
    of: ({ config }) => ({ mayNotGrow: (config.proxy_protocol?.peers ?? []).map(addressText) }),
  },
  {
    key: 'proxy_protocol.header_timeout',
    of: ({ config }) => mayNotLast(config.proxy_protocol?.header_timeout),
  },
  ...(
    [
      'handshake_timeout',
      'header_timeout',
      'request_timeout',
      'idle_timeout',
      'tunnel_idle_timeout',
    ] as const
  ).map((key): Rule<ListenerMaterial> => ({
    key: `limits.${key}`,
    of: ({ config }) => mayNotLast(config.limits[key]),
  })),
  ...(
    [
      'max_header_bytes',
      'max_body_bytes',
      'max_connections',
      'max_connections_per_address',
      'max_pending_handshakes',
    ] as const
  ).map((key): Rule<ListenerMaterial> => ({
    key: `limits.${key}`,
    of: ({ config }) => mayNotBeMore(config.limits[key]),
  })),
  {
    key: 'limits.max_handshakes_per_address',
    of: ({ config: { limits } }) => mayNotBeMore(limits.max_handshakes_per_address?.burst),
  },
  {
    key: 'limits.max_handshakes_per_address',
    of: ({ config: { limits } }) =>
      mayNotBeMore(limits.max_handshakes_per_address?.perSecond, '/s'),
  },
  {
    key: 'limits.exempt_addresses',
    of: ({ config: { limits } }) => ({ mayNotGrow: limits.exempt_addresses.map(addressText) }),
  },
];

/** Returns what listeners of the same name let pass that they refused before. */
export function* weakerListeners(
  before: readonly ListenerMaterial[],
  after: readonly ListenerMaterial[],
): Iterable<readonly string[]> {
  for (const [name, ...sides] of pairs(before, after, ({ config }) => config.name)) {
    yield weakerByRules(`listeners.${name}.`, RULES, sides);
    yield serverNames(`listeners.${name}.server_names`, sides[0].config, sides[1].config);
  }
}

/** A name without an entry has the mode of its listener. */
function serverNames(
  place: string,
  before: ListenerConfig,
  after: ListenerConfig,
): readonly string[] {
  const [was, is] = [modesByName(before), modesByName(after)];
  return [...new Set([...was.keys(), ...is.keys()])].flatMap((host) =>
    weakerBy(
      `${place}.${host}.client_certificate`,
      { scale: CERTIFICATE_MODES, at: was.get(host) ?? before.client_certificate },
      { scale: CERTIFICATE_MODES, at: is.get(host) ?? after.client_certificate },
    ),
  );
}

function modesByName({ server_names: entries, client_certificate: own }: ListenerConfig) {
  return new Map(
    entries.flatMap(({ names, client_certificate: mode }) =>
      names.map((host) => [host, mode ?? own] as const),
    ),
  );
}
