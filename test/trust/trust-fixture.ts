/** A trust world of one listener, for tests. */

import { createCrlSet } from '../../src/certificate/revocation/crl-set.ts';
import { parseCertificate } from '../../src/certificate/parse.ts';
import { anchorOf, createAnchorSet } from '../../src/certificate/path/path-anchor.ts';
import { defaultPathRules } from '../../src/certificate/path/path-rules.ts';
import type { Trust } from '../../src/trust/trust.ts';
import type { TrustPolicy, TrustWorld } from '../../src/trust/trust-world.ts';
import type { PresentedChain } from '../../src/trust/reading.ts';
import type { Issued } from '../support/pki.ts';

export function policyOf(
  anchors: readonly Issued[],
  changes: Partial<TrustPolicy> = {},
): TrustPolicy {
  return {
    name: 'listener:public',
    anchors: createAnchorSet(
      anchors.map(({ certificate }) => anchorOf(parseCertificate(certificate))),
    ),
    rules: defaultPathRules,
    revocation: 'off',
    ...changes,
  };
}

export function worldOf(anchors: readonly Issued[], changes: Partial<TrustWorld> = {}): TrustWorld {
  return {
    generation: 1,
    listeners: new Map([['public', policyOf(anchors)]]),
    clients: new Map(),
    crls: createCrlSet([]),
    sources: [],
    ...changes,
  };
}

/** What a connection to the listener `public` shows; each call is a connection of its own. */
export function chainOf(...sent: readonly (Issued | Uint8Array)[]): PresentedChain {
  return {
    listener: 'public',
    certificates: sent.map((one) => (one instanceof Uint8Array ? one : one.certificate)),
  };
}

/** The kind of the verdict, or the reason where it is untrusted. */
export function verdictText(trust: Trust, chain: PresentedChain): string {
  const presentation = trust.present(chain);
  if (presentation.kind !== 'presented') return presentation.kind;
  const { verdict } = presentation;
  return verdict.kind === 'untrusted' ? verdict.reason : verdict.kind;
}
