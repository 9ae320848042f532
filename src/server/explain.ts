/** What `certbound explain` asks of a configuration: the parts that judge, without any that serves. */

import { createCrlSet } from '../certificate/revocation/crl-set.ts';
import type { Material } from '../config/check.ts';
import type { Config } from '../config/schema.ts';
import type { ExplainDeps } from '../explain/explanation.ts';
import { noPause } from '../explain/pause.ts';
import { writtenHeaders } from './certificate-headers.ts';
import { openClientRegistry } from './client-record.ts';
import { clientTrust, createAnchorReader, listenerPolicies } from './trust-world.ts';

export interface ConfiguredExplanation {
  readonly deps: ExplainDeps;
  /** What the gateway would ask the network for, and this does not. */
  readonly notAsked: readonly string[];
}

/** Returns the world of the configuration as its files have it; fetches nothing. */
export async function explanationOf(
  config: Config,
  material: Material,
): Promise<ConfiguredExplanation> {
  return {
    deps: {
      world: {
        generation: 1,
        listeners: listenerPolicies(config, material),
        clients: await clientTrust(material, createAnchorReader()),
        crls: createCrlSet([...material.crls.values()].flat()),
        sources: [],
      },
      clients: (await openClientRegistry(config, material)).clients,
      answerOf: () => undefined,
      headers: writtenHeaders(config),
      pause: noPause,
    },
    notAsked: notAsked(config),
  };
}

function notAsked({ revocation }: Config): readonly string[] {
  return [
    ...revocation.crl_urls.map((url) => `the CRL at ${url}`),
    ...(revocation.crl_distribution_points ? ['the distribution points of certificates'] : []),
    ...(revocation.ocsp ? ['the OCSP responders of certificates'] : []),
  ];
}
