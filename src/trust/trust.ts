/**
 * Says what is believed about the certificate of a connection, anew at every request: connections
 * outlive certificates, revocations and CAs. What was worked out once is kept with all that it rests
 * on, so that the second look is a comparison.
 */

import type { Presentation, Verdict } from '../certificate/client-certificate.ts';
import type { Reason } from '../errors.ts';
import { judge } from './judge.ts';
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
  /** The verdict for a client that has anchors or a revocation mode of its own. */
  verdictFor(clientId: string, chain: PresentedChain): Verdict | undefined;
}

const MAX_ACCEPTED = 20_000;
/** Apart, since anyone can make certificates that are refused. */
const MAX_REFUSED = 2_000;

export function createTrust({ world, now, onUnknown }: TrustDeps): Trust {
  const readings = new WeakMap<PresentedChain, Reading>();
  const accepted = createVerdictCache<Verdict>(MAX_ACCEPTED);
  const refused = createVerdictCache<Verdict>(MAX_REFUSED);

  const readingOf = (chain: PresentedChain): Reading => {
    const known = readings.get(chain);
    if (known !== undefined) return known;
    const reading = readChain(chain);
    readings.set(chain, reading);
    return reading;
  };

  const verdictBy = (policy: TrustPolicy, reading: ReadChain): Verdict => {
    const { generation, crls } = world();
    const moment = now();
    const key = `${reading.digest} ${policy.name}`;
    const known = accepted.get(key, generation, moment) ?? refused.get(key, generation, moment);
    if (known !== undefined) return known;
    const dated = judge(reading, policy, crls, moment);
    for (const { reason, detail } of dated.unknown ?? []) {
      onUnknown?.({ thumbprint: reading.leaf.thumbprint, reason, detail });
    }
    const cache = dated.verdict.kind === 'untrusted' ? refused : accepted;
    cache.put(key, generation, dated);
    return dated.verdict;
  };

  return {
    present: (chain) => {
      const reading = readingOf(chain);
      if (reading.kind !== 'read') return reading;
      const policy = world().listeners.get(chain.listener);
      const verdict = policy === undefined ? withoutPolicy(chain) : verdictBy(policy, reading);
      return { kind: 'presented', certificate: reading.leaf, verdict };
    },
    verdictFor: (clientId, chain) => {
      const { clients, listeners } = world();
      const own = clients.get(clientId);
      const policy = listeners.get(chain.listener);
      const reading = readingOf(chain);
      if (own === undefined || reading.kind !== 'read') return undefined;
      if (policy === undefined) return withoutPolicy(chain);
      return verdictBy({ ...policy, ...own, name: `${policy.name} client:${clientId}` }, reading);
    },
  };
}

/** A listener always has one; what is not decided is refused all the same. */
function withoutPolicy({ listener }: PresentedChain): Verdict {
  const detail = `no trust policy for the listener ${listener}`;
  return { kind: 'untrusted', of: 'path', reason: 'certificate_untrusted', detail };
}
