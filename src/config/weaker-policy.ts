/**
 * What a new configuration lets pass that the one before refused. Nothing is refused for it: whoever
 * changes a policy may mean it, but must not do it unnoticed.
 */

import type { ClientMaterial } from './material.ts';
import type { ConfigState } from './restart-keys.ts';
import type { Config } from './schema.ts';
import { onOff, pairs, weakerBy } from './strictness.ts';
import {
  CLIENT_RULES,
  CONFIG_RULES,
  LISTENER_RULES,
  MODES,
  OFF_ON,
  shortHash,
} from './strict-keys.ts';

/** Returns one line for each weakening, with the key where it stands and what it was and is. */
export function weakerPolicies(before: ConfigState, after: ConfigState): readonly string[] {
  return [
    ...CONFIG_RULES.flatMap(({ key, of }) => weakerBy(key, of(before), of(after))),
    ...pairs(before.config.listeners, after.config.listeners, ({ name }) => name).flatMap(
      ([name, a, b]) =>
        LISTENER_RULES.flatMap(({ key, of }) => weakerBy(`listeners.${name}.${key}`, of(a), of(b))),
    ),
    ...serverNames(before.config, after.config),
    ...pairs(before.config.clients, after.config.clients, (one) => one.client_id).flatMap(
      ([id, a, b]) =>
        CLIENT_RULES.flatMap(({ key, of }) => weakerBy(`clients.${id}.${key}`, of(a), of(b))),
    ),
    ...trusted(before, after),
    ...guards(before.config, after.config),
  ];
}

/** A name that has no entry any more has the mode of its listener. */
function serverNames(before: Config, after: Config): readonly string[] {
  return pairs(before.listeners, after.listeners, ({ name }) => name).flatMap(([name, a, b]) => {
    const modes = [a, b].map(
      (one) =>
        new Map(
          one.server_names.flatMap(({ names, client_certificate: mode }) =>
            names.map((host) => [host, mode ?? one.client_certificate] as const),
          ),
        ),
    );
    return [...(modes[0] ?? [])].flatMap(([host, at]) =>
      weakerBy(
        `listeners.${name}.server_names.${host}.client_certificate`,
        { scale: MODES, at },
        { scale: MODES, at: modes[1]?.get(host) ?? b.client_certificate },
      ),
    );
  });
}

/** CAs that vouch for more than they did: by SHA-256 of the certificate. */
function trusted(before: ConfigState, after: ConfigState): readonly string[] {
  const ofListeners = pairs(
    before.material.listeners,
    after.material.listeners,
    ({ config }) => config.name,
  ).flatMap(([name, a, b]) =>
    weakerBy(
      `listeners.${name}.client_ca`,
      { mayNotGrow: a.clientCas.map(shortHash) },
      { mayNotGrow: b.clientCas.map(shortHash) },
    ),
  );
  const ofClients = pairs(
    before.material.clients,
    after.material.clients,
    ({ config }) => config.client_id,
  ).flatMap(([id, a, b]) => anchorsOf(`clients.${id}.trust_anchors`, a, b));
  return [...ofListeners, ...ofClients];
}

/** Without CAs of its own a client takes those of its listener. */
function anchorsOf(key: string, a: ClientMaterial, b: ClientMaterial): readonly string[] {
  if (a.trustAnchors.length === 0) return [];
  if (b.trustAnchors.length === 0) return [`${key}: those of the listener vouch for it now`];
  const [was, is] = [a, b].map(({ trustAnchors }) => trustAnchors.map(shortHash));
  return weakerBy(key, { mayNotGrow: was ?? [] }, { mayNotGrow: is ?? [] });
}

const ROUTE_MODES = ['forbid', 'require_trusted', 'require', 'want', 'ignore'];

/** Paths that are guarded no more, or less. */
function guards(before: Config, after: Config): readonly string[] {
  const gone = (['admin_paths', 'protected_paths'] as const).flatMap((key) =>
    weakerBy(
      key,
      { mayNotShrink: before[key].map(({ path }) => path) },
      { mayNotShrink: after[key].map(({ path }) => path) },
    ),
  );
  const bound = pairs(before.protected_paths, after.protected_paths, ({ path }) => path);
  const binding = bound.flatMap(([path, a, b]) => [
    ...weakerBy(
      `protected_paths.${path}.binding`,
      { scale: ['required', 'if_bound'], at: a.binding },
      { scale: ['required', 'if_bound'], at: b.binding },
    ),
    ...weakerBy(
      `protected_paths.${path}.overlap`,
      { mayNotRise: a.overlap },
      { mayNotRise: b.overlap },
    ),
  ]);
  const admins = pairs(before.admin_paths, after.admin_paths, ({ path }) => path).flatMap(
    ([path, a, b]) =>
      (['listeners', 'certificate_thumbprints', 'trusted_issuers'] as const).flatMap((key) =>
        weakerBy(`admin_paths.${path}.${key}`, { mayNotGrow: a[key] }, { mayNotGrow: b[key] }),
      ),
  );
  const routes = pairs(
    before.routes,
    [...after.routes, ...goneRoutes(before, after)],
    ({ path }) => path,
  ).flatMap(([path, a, b]) => [
    ...weakerBy(
      `routes.${path}.client_certificate`,
      { scale: ROUTE_MODES, at: a.client_certificate ?? 'want' },
      { scale: ROUTE_MODES, at: b.client_certificate ?? 'want' },
    ),
    ...weakerBy(
      `routes.${path}.upgrade`,
      { scale: OFF_ON, at: onOff(a.upgrade === true) },
      { scale: OFF_ON, at: onOff(b.upgrade === true) },
    ),
  ]);
  return [...gone, ...binding, ...admins, ...routes];
}

/** A route that is gone demands nothing. */
function goneRoutes(before: Config, after: Config): Config['routes'] {
  const paths = new Set(after.routes.map(({ path }) => path));
  return before.routes.filter(({ path }) => !paths.has(path)).map(({ path }) => ({ path }));
}
