/** What the status page tells of a running configuration. */

import type { Material } from '../config/check.ts';
import type { Config, ListenerConfig } from '../config/schema.ts';
import type { ListenerStatus, ReloadStatus, StatusReport } from '../management/status-report.ts';
import type { HistorySnapshot } from '../telemetry/history.ts';
import { VERSION } from '../version.ts';
import type { HeldCertificate } from './held-certificates.ts';

export interface StatusDeps {
  readonly material: Material;
  readonly certificates: readonly HeldCertificate[];
  /** As they are bound; empty until they are. */
  readonly listeners: () => readonly BoundListener[];
  /** Open now, by the name of a listener. */
  readonly connections: (listener: string) => number;
  readonly history: () => HistorySnapshot;
  /** The reload before this moment, if there was one. */
  readonly lastReload?: () => ReloadStatus | undefined;
}

export interface BoundListener {
  readonly name: string;
  readonly host: string;
  readonly port: number;
}

/** Returns the report of each moment; what never changes is worked out once. */
export function createStatus(
  config: Config,
  { material, certificates, listeners, connections, history, lastReload }: StatusDeps,
): () => Omit<StatusReport, 'readiness'> {
  const startedAt = Date.now();
  const settled = {
    startedAt,
    version: VERSION,
    node: process.versions.node,
    tokenService: tokenService(config),
    certificates: inOrderOfTheirEnds(certificates),
    clients: clientsByMethod(config),
    store: {
      engine: material.sealingKeys.length > 0 ? 'none, tokens are sealed' : config.store.engine,
    },
  };
  const byName = new Map(config.listeners.map((each) => [each.name, each]));
  const anchors = new Map(
    material.listeners.map(({ config: { name }, clientCas }) => [name, clientCas.length]),
  );
  return () => {
    const reload = lastReload?.();
    return {
      ...settled,
      at: Date.now(),
      listeners: listeners().map((bound) => ({
        ...listenerStatus(bound, byName.get(bound.name)),
        trustAnchors: anchors.get(bound.name) ?? 0,
        connections: connections(bound.name),
      })),
      history: history(),
      ...(reload !== undefined && { lastReload: reload }),
    };
  };
}

function tokenService({ token_service: service }: Config): StatusReport['tokenService'] {
  if ('embedded' in service) return { kind: 'embedded', issuer: service.embedded.issuer };
  return { kind: 'upstream', url: service.upstream.url, speaks: service.upstream.kind };
}

function inOrderOfTheirEnds(held: readonly HeldCertificate[]): StatusReport['certificates'] {
  return held
    .map(({ role, listener, clientId, subject, thumbprint, notAfter }) => ({
      role,
      holder: clientId === '' ? listener : clientId,
      subject,
      thumbprint,
      notAfter: notAfter * 1_000,
    }))
    .toSorted((one, other) => one.notAfter - other.notAfter);
}

function clientsByMethod({ clients }: Config): StatusReport['clients'] {
  const byMethod = Map.groupBy(clients, (client) => client.token_endpoint_auth_method);
  return [...byMethod]
    .map(([method, { length }]) => ({ method, count: length }))
    .toSorted((one, other) => other.count - one.count);
}

function listenerStatus(
  { name, host, port }: BoundListener,
  config: ListenerConfig | undefined,
): Omit<ListenerStatus, 'trustAnchors' | 'connections'> {
  return {
    name,
    address: host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`,
    clientCertificate: config?.client_certificate ?? 'off',
    serverNames: config?.server_names.length ?? 0,
    front: frontOf(config),
  };
}

function frontOf(config: ListenerConfig | undefined): ListenerStatus['front'] {
  if (config?.from_load_balancer !== undefined) return 'load_balancer';
  return config?.proxy_protocol === undefined ? 'none' : 'proxy_protocol';
}
