/** The load balancers of a configuration, as the gateway asks about them. */

import { codecFor } from '../certificate/header/codecs.ts';
import type { HeaderNames } from '../certificate/header/header-codec.ts';
import type { ListenerMaterial, Material } from '../config/check.ts';
import { isWide } from '../config/check-load-balancer.ts';
import type { Config, LoadBalancerConfig } from '../config/schema.ts';
import { createBalancerCheck } from '../gateway/balancer-peer.ts';
import { createCarriedChains } from '../gateway/carried-chains.ts';
import type { LoadBalancer } from '../gateway/speaker.ts';
import { createAddressSet } from '../http/address-set.ts';
import { fieldValues } from '../http/header-list.ts';

/** Returns the balancers by the name of their listener. */
export function loadBalancers(
  { certificate_rules: rules }: Config,
  { listeners }: Material,
  now: () => number,
): ReadonlyMap<string, LoadBalancer> {
  const found = new Map<string, LoadBalancer>();
  for (const listener of listeners) {
    const { name, from_load_balancer: config } = listener.config;
    if (config === undefined) continue;
    found.set(name, loadBalancer(listener, config, { clockSkewMs: rules.clock_skew, now }));
  }
  return found;
}

/** Returns the names of the fields that are read: no client may send them past a balancer. */
export function readHeaders({ listeners }: Config): readonly string[] {
  return listeners.flatMap(({ from_load_balancer: config }) =>
    config === undefined ? [] : codecFor(config.format).fieldNames(namesOf(config)),
  );
}

function loadBalancer(
  { config: { name }, balancerCertificates }: ListenerMaterial,
  config: LoadBalancerConfig,
  { clockSkewMs, now }: { readonly clockSkewMs: number; readonly now: () => number },
): LoadBalancer {
  const names = namesOf(config);
  const peers = createAddressSet(config.peers);
  const certificates = new Set(balancerCertificates);
  return {
    standing: createBalancerCheck({ peers, certificates, clockSkewMs }, now),
    // Where everybody is a peer, since only a certificate tells them apart, nobody is one by address.
    hops: createAddressSet(config.peers.filter((peer) => !isWide(peer))),
    hasCertificate: certificates.size > 0,
    read: createCarriedChains({
      listener: name,
      codec: codecFor(config.format),
      names,
      verified: config.verified,
    }),
    isTold: (headers) => fieldValues(headers, names.leaf).length > 0,
  };
}

function namesOf({ format, name, chain_name: chainName }: LoadBalancerConfig): HeaderNames {
  const { names } = codecFor(format);
  const chain = chainName ?? names.chain;
  return { leaf: name ?? names.leaf, ...(chain !== undefined && { chain }) };
}
