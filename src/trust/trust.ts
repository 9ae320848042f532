/**
 * Says what is believed about the certificate of a connection, anew at every request: connections
 * outlive certificates, revocations and CAs. What was worked out once is kept with all that it rests
 * on, so that the second look is a comparison.
 */

import type { Presentation, Verdict } from '../certificate/client-certificate.ts';
import type { Reason } from '../errors.ts';
import { judge } from './judge.ts';
import type { Judgement } from './judge.ts';
import { createReadChains } from './read-chains.ts';
import { readChain } from './reading.ts';
import type { PresentedChain, ReadChain, Reading } from './reading.ts';
import type { TrustPolicy, TrustWorld } from './trust-world.ts';
import { createVerdictCache } from './verdict-cache.ts';

export interface TrustDeps {
  /** The world of this moment. */
  readonly world: () => TrustWorld;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Told, once for each verdict worked out, of revocations that nothing is known about. */
  readonly onUnknown?: (facts: UnknownRevocation) => void;
}

export interface UnknownRevocation {
  readonly thumbprint: string;
  readonly reason: Reason;
  readonly detail: string;
}

export interface Trust {
  /** The certificate with the verdict of its listener's policy. Never throws. */
  present(chain: PresentedChain): Presentation;
  /**
   * The verdict for a client that has anchors or a revocation mode of its own. Always worked out
   * here: what a balancer has verified it did by its own anchors.
   */
  verdictFor(clientId: string, chain: PresentedChain): Verdict | undefined;
  /**
   * Asks the sources of the world what the next look at the chain, by its listener's policy or by
   * that of this client, has to know. Returns what to wait for before that look; undefined, at the
   * price of a comparison, where all is at hand. Never rejects.
   *
   * Only certificates of a path to an anchor of the policy are asked about.
   */
  prepare(chain: PresentedChain, clientId?: string): Promise<void> | undefined;
}

const MAX_ACCEPTED = 20_000;
/** Apart, since anyone can make certificates that are refused. */
const MAX_REFUSED = 2_000;
/** Some 6 kB each. */
const MAX_READ_CHAINS = 2_000;

export function createTrust({ world, now, onUnknown }: TrustDeps): Trust {
  const readings = new WeakMap<PresentedChain, Reading>();
  const chains = createReadChains(MAX_READ_CHAINS);
  const accepted = createVerdictCache<Verdict>(MAX_ACCEPTED);
  const refused = createVerdictCache<Verdict>(MAX_REFUSED);

  const readingOf = (chain: PresentedChain): Reading => {
    const known = readings.get(chain);
    if (known !== undefined) return known;
    const reading = readChain(chain, chains);
    readings.set(chain, reading);
    return reading;
  };

  /** Made once for a chain, as a rule: a text that is made anew has to be hashed anew. */
  const keys = new WeakMap<ReadChain, { readonly policy: string; readonly key: string }>();
  const keyOf = ({ name }: TrustPolicy, reading: ReadChain): string => {
    const before = keys.get(reading);
    if (before?.policy === name) return before.key;
    const key = `${reading.digest} ${name}`;
    keys.set(reading, { policy: name, key });
    return key;
  };

  const kept = (policy: TrustPolicy, reading: ReadChain): Verdict | undefined => {
    const { generation } = world();
    const moment = now();
    const key = keyOf(policy, reading);
    return accepted.get(key, generation, moment) ?? refused.get(key, generation, moment);
  };

  const keep = (policy: TrustPolicy, reading: ReadChain, judgement: Judgement): void => {
    if (judgement.isProvisional === true) return;
    for (const { reason, detail } of judgement.unknown ?? []) {
      onUnknown?.({ thumbprint: reading.leaf.thumbprint, reason, detail });
    }
    const isRefused = judgement.verdict.kind === 'untrusted';
    const cache = isRefused ? refused : accepted;
    cache.put(keyOf(policy, reading), world().generation, judgement);
    // Anyone can make chains that are refused; these push no other out.
    if (!isRefused) chains.put(reading);
  };

  const verdictBy = (policy: TrustPolicy, reading: ReadChain): Verdict => {
    const known = kept(policy, reading);
    if (known !== undefined) return known;
    const judgement = judge(reading, policy, world(), now());
    keep(policy, reading, judgement);
    return judgement.verdict;
  };

  /** The name is part of the key: what a balancer vouches for is never taken for judged here. */
  const policyOf = ({ listener, verifiedBy }: PresentedChain): TrustPolicy | undefined => {
    const policy = world().listeners.get(listener);
    if (policy === undefined || verifiedBy === undefined) return policy;
    return { ...policy, verifiedBy, name: `${policy.name} by ${verifiedBy}` };
  };

  /** Undefined where the client has nothing of its own. */
  const clientPolicy = (clientId: string, { listener }: PresentedChain) => {
    const own = world().clients.get(clientId);
    const policy = world().listeners.get(listener);
    if (own === undefined || policy === undefined) return undefined;
    return { ...policy, ...own, name: `${policy.name} client:${clientId}` };
  };

  return {
    present: (chain) => {
      const reading = readingOf(chain);
      if (reading.kind !== 'read') return reading;
      const policy = policyOf(chain);
      const verdict = policy === undefined ? withoutPolicy(chain) : verdictBy(policy, reading);
      return { kind: 'presented', certificate: reading.leaf, verdict };
    },
    verdictFor: (clientId, chain) => {
      const reading = readingOf(chain);
      if (!world().clients.has(clientId) || reading.kind !== 'read') return undefined;
      const policy = clientPolicy(clientId, chain);
      return policy === undefined ? withoutPolicy(chain) : verdictBy(policy, reading);
    },
    prepare: (chain, clientId) => {
      const { sources } = world();
      if (sources.length === 0) return undefined;
      const reading = readingOf(chain);
      const policy = clientId === undefined ? policyOf(chain) : clientPolicy(clientId, chain);
      if (reading.kind !== 'read' || policy === undefined || policy.revocation === 'off') {
        return undefined;
      }
      if (kept(policy, reading) !== undefined) return undefined;
      const judgement = judge(reading, policy, world(), now());
      const { questions = [] } = judgement;
      const crls = () => world().crls;
      const asked = questions.flatMap((one) => sources.map((source) => source.ask(one, crls)));
      const waits = asked.filter((wait) => wait !== undefined);
      if (waits.length > 0) return Promise.all(waits).then(() => undefined);
      keep(policy, reading, judgement);
      return undefined;
    },
  };
}

/** A listener always has one; what is not decided is refused all the same. */
function withoutPolicy({ listener }: PresentedChain): Verdict {
  const detail = `no trust policy for the listener ${listener}`;
  return { kind: 'untrusted', of: 'path', reason: 'certificate_untrusted', detail };
}
