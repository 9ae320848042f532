/** What the status page tells of a running configuration. */

import type { ListenerMaterial, Material } from '../config/check.ts';
import type { Config, ListenerConfig } from '../config/schema.ts';
import { StoreError } from '../errors.ts';
import type { ListenerStatus, ReloadStatus, StatusReport } from '../management/status-report.ts';
import type { HistorySnapshot } from '../telemetry/history.ts';
import type { ClientRows } from '../token-service/registration/client-rows.ts';
import { VERSION } from '../version.ts';
import type { HeldCertificate } from './held-certificates.ts';

export interface StatusDeps {
  /** The configuration in force. */
  readonly current: () => {
    readonly config: Config;
    readonly material: Material;
    readonly certificates: readonly HeldCertificate[];
    readonly countRegistered: ClientRows['countByMethod'] | undefined;
  };
  /** As they are bound; empty until they are. */
  readonly listeners: () => readonly BoundListener[];
  /** Open now, by the name of a listener. */
  readonly connections: (listener: string) => number;
  readonly history: () => HistorySnapshot;
  /** The reload before this moment, if there was one. */
  readonly lastReload: () => ReloadStatus | undefined;
}

export interface BoundListener {
  readonly name: string;
  readonly host: string;
  readonly port: number;
}

/** Returns the report of each moment; what a configuration says is worked out once. */
export function createStatus({
  current,
  listeners,
  connections,
  history,
  lastReload,
}: StatusDeps): () => Promise<Omit<StatusReport, 'readiness'>> {
  const startedAt = Date.now();
  let known: { readonly material: Material; readonly settled: Settled } | undefined;
  const settledNow = (): Settled => {
    const { config, material, certificates } = current();
    if (known?.material !== material) {
      known = { material, settled: settle(config, material, certificates) };
    }
    return known.settled;
  };
  return async () => {
    const registered = await registeredClients(current().countRegistered);
    const { listenersByName, ...settled } = settledNow();
    const reload = lastReload();
    return {
      ...settled,
      ...(registered !== undefined && { registeredClients: registered }),
      startedAt,
      version: VERSION,
      node: process.versions.node,
      at: Date.now(),
      listeners: listeners().map(({ name, host, port }) => ({
        name,
        address: host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`,
        ...(listenersByName.get(name) ?? UNKNOWN_LISTENER),
        connections: connections(name),
      })),
      history: history(),
      ...(reload !== undefined && { lastReload: reload }),
    };
  };
}

async function registeredClients(
  countRegistered: ClientRows['countByMethod'] | undefined,
): Promise<StatusReport['registeredClients']> {
  if (countRegistered === undefined) return undefined;
  try {
    return mostFirst(await countRegistered());
  } catch (error) {
    if (error instanceof StoreError) return 'unknown';
    throw error;
  }
}

type ListenerFacts = Omit<ListenerStatus, 'name' | 'address' | 'connections'>;

/** One that drains, and that the configuration no longer has. */
const UNKNOWN_LISTENER: ListenerFacts = {
  clientCertificate: 'off',
  trustAnchors: 0,
  serverNames: 0,
  front: 'none',
};

interface Settled extends Pick<
  StatusReport,
  'tokenService' | 'certificates' | 'clients' | 'store'
> {
  readonly listenersByName: ReadonlyMap<string, ListenerFacts>;
}

function settle(
  config: Config,
  material: Material,
  certificates: readonly HeldCertificate[],
): Settled {
  const isSealed = material.sealingKeys.length > 0;
  return {
    tokenService: tokenService(config),
    certificates: inOrderOfTheirEnds(certificates),
    clients: clientsByMethod(config),
    store: { engine: isSealed ? 'none, tokens are sealed' : config.store.engine },
    listenersByName: new Map(
      material.listeners.map((listener) => [listener.config.name, listenerFacts(listener)]),
    ),
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
  return mostFirst([...byMethod].map(([method, { length }]) => ({ method, count: length })));
}

function mostFirst(counts: StatusReport['clients']): StatusReport['clients'] {
  return counts.toSorted((one, other) => other.count - one.count);
}

function listenerFacts({ config, clientCas }: ListenerMaterial): ListenerFacts {
  return {
    clientCertificate: config.client_certificate,
    trustAnchors: clientCas.length,
    serverNames: config.server_names.length,
    front: frontOf(config),
  };
}

function frontOf(config: ListenerConfig): ListenerStatus['front'] {
  if (config.from_load_balancer !== undefined) return 'load_balancer';
  return config.proxy_protocol === undefined ? 'none' : 'proxy_protocol';
}
