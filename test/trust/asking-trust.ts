/** A trust that asks responders over the network, at a time that the test sets. */

import type { TestContext } from 'node:test';

import { createCrlSet } from '../../src/certificate/revocation/crl-set.ts';
import type { CrlSet } from '../../src/certificate/revocation/crl-set.ts';
import type { RevocationMode } from '../../src/certificate/revocation/revocation.ts';
import { createFetcher } from '../../src/fetch/fetcher.ts';
import { fetchBytes } from '../../src/server/outbound.ts';
import { askResponder } from '../../src/trust/ask-responder.ts';
import { createOcspAnswers } from '../../src/trust/ocsp-answers.ts';
import type { OcspAnswersOptions } from '../../src/trust/ocsp-answers.ts';
import type { PresentedChain } from '../../src/trust/reading.ts';
import { createTrust } from '../../src/trust/trust.ts';
import type { UnknownRevocation } from '../../src/trust/trust.ts';
import type { ClientTrust, TrustWorld } from '../../src/trust/trust-world.ts';
import { HOUR_MS } from '../support/pki.ts';
import type { Issued } from '../support/pki.ts';
import { policyOf, verdictText, worldOf } from './trust-fixture.ts';

export interface AskingOptions extends Partial<OcspAnswersOptions> {
  readonly anchors: readonly Issued[];
  readonly mode: RevocationMode;
  readonly crls?: CrlSet;
  readonly clients?: ReadonlyMap<string, ClientTrust>;
  readonly allowPrivateAddresses?: boolean;
  readonly timeoutMs?: number;
}

export const RETRY_MS = 60_000;

export function askingTrust(t: TestContext, options: AskingOptions) {
  const { anchors, mode, crls = createCrlSet([]), clients = new Map() } = options;
  const { allowPrivateAddresses = true, timeoutMs = 20_000 } = options;
  const clock = { now: Date.now() };
  const now = (): number => clock.now;
  const fetcher = createFetcher({ maxBytes: 65_536, timeoutMs, allowPrivateAddresses });
  t.after(() => fetcher.close());
  const post = (url: string, body: Uint8Array): Promise<Uint8Array> =>
    fetchBytes(fetcher, { url, body, allowHttp: true });
  const answers = createOcspAnswers(
    { refreshMs: HOUR_MS, retryMs: RETRY_MS, ...options },
    { now, ask: (question, url) => askResponder(question, url, { post, now, crls: () => crls }) },
  );
  const listeners = new Map([['public', policyOf(anchors, { revocation: mode })]]);
  const world: TrustWorld = worldOf([], { listeners, clients, crls, sources: [answers] });
  const unknown: UnknownRevocation[] = [];
  const trust = createTrust({
    world: () => world,
    now,
    onUnknown: (facts) => unknown.push(facts),
  });
  return {
    trust,
    clock,
    unknown,
    /** The verdict as a request sees it. */
    look: async (chain: PresentedChain): Promise<string> => {
      await trust.prepare(chain);
      return verdictText(trust, chain);
    },
  };
}
