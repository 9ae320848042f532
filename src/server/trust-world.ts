/** The trust world of a configuration: who vouches for whom, and which CRLs are at hand. */

import { hash } from 'node:crypto';

import { createCrlSet } from '../certificate/revocation/crl-set.ts';
import { createCrlSignatures } from '../certificate/revocation/crl-signatures.ts';
import type { CrlSignatures } from '../certificate/revocation/crl-signatures.ts';
import type { Crl } from '../certificate/revocation/crl.ts';
import { comparableName } from '../certificate/name/distinguished-name-key.ts';
import { parseCertificate } from '../certificate/parse.ts';
import { anchorOf, createAnchorSet } from '../certificate/path/path-anchor.ts';
import type { Anchor } from '../certificate/path/path-anchor.ts';
import { defaultPathRules } from '../certificate/path/path-rules.ts';
import type { PathRules } from '../certificate/path/path-rules.ts';
import type { ClientMaterial, Material } from '../config/check.ts';
import { inSlices } from '../config/in-slices.ts';
import type { Config } from '../config/schema.ts';
import type { Telemetry } from '../telemetry/telemetry.ts';
import type { ClientTrust, TrustPolicy, TrustWorld } from '../trust/trust-world.ts';
import type { CrlReader } from '../trust/crl-reader.ts';
import { openRevocation } from './revocation.ts';
import type { RevocationDeps } from './revocation.ts';
import type { OnStop, Parts } from './shared-parts.ts';

export interface TrustWorldDeps {
  readonly material: Material;
  readonly telemetry: Telemetry;
  readonly parts: Parts;
  readonly onStop: OnStop;
  readonly reader: CrlReader;
  readonly onPlaces: RevocationDeps['onPlaces'];
}

export interface OpenTrustWorld {
  /** The world of each moment: a new generation whenever the CRLs have changed. */
  readonly world: () => TrustWorld;
  /** Reads no configured list again; what is at hand stays. Idempotent. */
  readonly stopRefreshing: () => void;
}

export async function openTrustWorld(
  config: Config,
  deps: TrustWorldDeps,
): Promise<OpenTrustWorld> {
  const readAnchor = createAnchorReader();
  const anchors = await anchorsOfAll(deps.material, readAnchor);
  const signatures = deps.parts.use('crl signatures', undefined, createCrlSignatures);
  let world: TrustWorld = {
    generation: 0,
    listeners: listenerPolicies(config, deps.material),
    clients: await clientTrust(deps.material, readAnchor),
    crls: createCrlSet([]),
    sources: [],
  };
  const { sources, stopRefreshing } = await openRevocation(config, {
    ...deps,
    authentic: authenticBy(signatures),
    learn: (lists) => learnSignatures(lists, anchors, signatures),
    onLists: (lists) => {
      const crls = createCrlSet(lists, signatures);
      // Checks the signatures now, and not within the first request.
      for (const anchor of anchors) crls.of(anchor);
      world = { ...world, generation: world.generation + 1, crls };
    },
  });
  world = { ...world, sources };
  return { world: () => world, stopRefreshing };
}

/** Apart, since distribution points hold on to it for longer than a world lives. */
function authenticBy(signatures: CrlSignatures): RevocationDeps['authentic'] {
  return async (lists, issuer) => {
    await learnSignatures(lists, [issuer], signatures);
    return createCrlSet(lists, signatures).of(issuer).authentic;
  };
}

/** Only of issuers by that name: of others no list is ever asked for. */
async function learnSignatures(
  lists: readonly Crl[],
  issuers: readonly Anchor[],
  signatures: CrlSignatures,
): Promise<void> {
  const byName = Map.groupBy(issuers, ({ name }) => comparableName(name));
  for (const list of lists) {
    for (const { publicKey } of byName.get(comparableName(list.issuer)) ?? []) {
      await signatures.learn(list, publicKey);
    }
  }
}

type ReadAnchor = (der: Uint8Array) => Anchor;

/** Reads each certificate once: many clients have the same CA. */
export function createAnchorReader(): ReadAnchor {
  const known = new Map<string, Anchor>();
  return (der) => {
    const key = hash('sha256', der, 'base64');
    const anchor = known.get(key) ?? anchorOf(parseCertificate(der));
    known.set(key, anchor);
    return anchor;
  };
}

/** Returns each once. */
async function anchorsOfAll(
  { listeners, clients }: Material,
  readAnchor: ReadAnchor,
): Promise<readonly Anchor[]> {
  const certificates = [
    ...listeners.map(({ clientCas }) => clientCas),
    ...clients.map(({ trustAnchors }) => trustAnchors),
  ];
  const all = await inSlices(
    certificates.values().map((ofOne) => ofOne.map((der) => readAnchor(der))),
  );
  return [...new Set(all)];
}

export function listenerPolicies(
  config: Config,
  material: Material,
): ReadonlyMap<string, TrustPolicy> {
  const rules = pathRules(config);
  return new Map(
    material.listeners.map(({ config: { name, revocation }, clientCas }) => [
      name,
      { name: `listener:${name}`, anchors: anchorsOf(clientCas), rules, revocation },
    ]),
  );
}

export async function clientTrust(
  { clients }: Material,
  readAnchor: ReadAnchor,
): Promise<ReadonlyMap<string, ClientTrust>> {
  const ofClient = ({
    config: { client_id: clientId, revocation },
    trustAnchors,
  }: ClientMaterial): readonly (readonly [string, ClientTrust])[] => {
    if (trustAnchors.length === 0 && revocation === undefined) return [];
    const own = {
      ...(trustAnchors.length > 0 && {
        anchors: createAnchorSet(trustAnchors.map((der) => readAnchor(der))),
      }),
      ...(revocation !== undefined && { revocation }),
    };
    return [[clientId, own]];
  };
  return new Map(await inSlices(clients.values().map(ofClient)));
}

function anchorsOf(certificates: readonly Uint8Array[]) {
  return createAnchorSet(certificates.map((der) => anchorOf(parseCertificate(der))));
}

function pathRules({ certificate_rules: rules }: Config): PathRules {
  return {
    ...defaultPathRules,
    absentExtendedKeyUsage: rules.absent_extended_key_usage,
    anyExtendedKeyUsage: rules.any_extended_key_usage,
    caLeaf: rules.ca_certificate,
    clockSkewMs: rules.clock_skew,
  };
}
