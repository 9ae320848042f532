/** The trust world of a configuration: who vouches for whom, and which CRLs are at hand. */

import { createCrlSet } from '../certificate/revocation/crl-set.ts';
import type { Crl } from '../certificate/revocation/crl.ts';
import { parseCertificate } from '../certificate/parse.ts';
import { anchorOf, createAnchorSet } from '../certificate/path/path-anchor.ts';
import { defaultPathRules } from '../certificate/path/path-rules.ts';
import type { PathRules } from '../certificate/path/path-rules.ts';
import type { Material } from '../config/check.ts';
import { readCrlPlace } from '../config/crl-places.ts';
import type { Config } from '../config/schema.ts';
import { TrustDataError } from '../errors.ts';
import type { Fetcher } from '../fetch/fetcher.ts';
import { fetchBytes } from './outbound.ts';
import type { Telemetry } from '../telemetry/telemetry.ts';
import { openCrlSource } from '../trust/crl-source.ts';
import type { ClientTrust, TrustPolicy, TrustWorld } from '../trust/trust-world.ts';

export interface TrustWorldDeps {
  readonly material: Material;
  /** For the CRL addresses of the configuration. */
  readonly fetcher: Fetcher;
  readonly telemetry: Telemetry;
  readonly onStop: (close: () => Promise<void>) => void;
}

/** The world of each moment: a new generation whenever the CRLs have changed. */
export async function openTrustWorld(
  config: Config,
  { material, fetcher, telemetry, onStop }: TrustWorldDeps,
): Promise<() => TrustWorld> {
  const { revocation } = config;
  let world: TrustWorld = {
    generation: 0,
    listeners: listenerPolicies(config, material),
    clients: clientTrust(material),
    crls: createCrlSet([]),
  };
  const source = await openCrlSource(
    { files: material.crls, urls: revocation.crl_urls, refreshMs: revocation.refresh },
    {
      read: readAgain,
      // A list is signed by its CA, so that http will do.
      fetch: (url) => fetchBytes(fetcher, { url, allowHttp: true }),
      onFailure: (place, detail) =>
        telemetry.log('warn', 'a CRL could not be read; what was known stays', { place, detail }),
      onChange: (crls, places) => {
        world = { ...world, generation: world.generation + 1, crls };
        for (const [place, lists] of places) {
          const nextUpdate = Math.min(...lists.map((crl) => crl.nextUpdate));
          telemetry.metrics.setCrlNextUpdate(place, nextUpdate / 1_000);
        }
      },
    },
  );
  onStop(async () => source.close());
  return () => world;
}

async function readAgain(place: string): Promise<readonly Crl[]> {
  const outcome = await readCrlPlace(place, place);
  if ('crls' in outcome) return outcome.crls;
  throw new TrustDataError('crl_malformed', outcome.problem);
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

export function clientTrust({ clients }: Material): ReadonlyMap<string, ClientTrust> {
  const own = new Map<string, ClientTrust>();
  for (const { config, trustAnchors } of clients) {
    const { client_id: clientId, revocation } = config;
    if (trustAnchors.length === 0 && revocation === undefined) continue;
    own.set(clientId, {
      ...(trustAnchors.length > 0 && { anchors: anchorsOf(trustAnchors) }),
      ...(revocation !== undefined && { revocation }),
    });
  }
  return own;
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
