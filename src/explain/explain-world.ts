/** Worlds to ask about that no gateway lives in: other anchors, more CRLs. */

import { createCrlSet } from '../certificate/revocation/crl-set.ts';
import type { Crl } from '../certificate/revocation/crl.ts';
import { parseCertificate } from '../certificate/parse.ts';
import { anchorOf, createAnchorSet } from '../certificate/path/path-anchor.ts';
import { defaultPathRules } from '../certificate/path/path-rules.ts';
import type { ClientTrust, TrustPolicy, TrustWorld } from '../trust/trust-world.ts';

/** Returns a world with one listener, no anchors and the default rules. */
export function plainWorld(listener: string): TrustWorld {
  const policy: TrustPolicy = {
    name: listener,
    anchors: createAnchorSet([]),
    rules: defaultPathRules,
    revocation: 'off',
  };
  const listeners = new Map([[listener, policy]]);
  return { generation: 1, listeners, clients: new Map(), crls: createCrlSet([]), sources: [] };
}

/** Returns the world with these anchors, in DER, in place of those of every listener. */
export function withAnchors(world: TrustWorld, anchors: readonly Uint8Array[]): TrustWorld {
  const set = createAnchorSet(anchors.map((der) => anchorOf(parseCertificate(der))));
  return changed(world, (policy) => ({ ...policy, anchors: set }));
}

/**
 * Returns the world with these CRLs beside its own. Where revocation is off it becomes `soft`: who
 * hands in a list wants to hear of it.
 */
export function withCrls(world: TrustWorld, crls: readonly Crl[]): TrustWorld {
  const asked = changed(world, (policy) =>
    policy.revocation === 'off' ? { ...policy, revocation: 'soft' } : policy,
  );
  const clients = [...world.clients].map(([id, own]): readonly [string, ClientTrust] => [
    id,
    own.revocation === 'off' ? { ...own, revocation: 'soft' } : own,
  ]);
  return {
    ...asked,
    clients: new Map(clients),
    crls: createCrlSet([...world.crls.crls, ...crls]),
  };
}

function changed(world: TrustWorld, change: (policy: TrustPolicy) => TrustPolicy): TrustWorld {
  const listeners = [...world.listeners].map(([name, policy]) => [name, change(policy)] as const);
  return { ...world, listeners: new Map(listeners) };
}
