/**
 * The verdict on a certificate. For clients it comes from what the gateway itself asks at every
 * request, so that the two can't disagree.
 */

import type { ClientCertificate, Verdict } from '../certificate/client-certificate.ts';
import { validatePath } from '../certificate/path/path.ts';
import type { PathRequest } from '../certificate/path/path.ts';
import { decideRevocation, revocationQuestions } from '../certificate/revocation/revocation.ts';
import type { RevocationOutcome } from '../certificate/revocation/revocation.ts';
import { readChain } from '../trust/reading.ts';
import type { PresentedChain } from '../trust/reading.ts';
import { knownOutcome } from '../trust/revocation-source.ts';
import { createTrust } from '../trust/trust.ts';
import type { TrustPolicy, TrustWorld } from '../trust/trust-world.ts';

export type Purpose = PathRequest['purpose'];

/** What is asked of a world. */
export interface Moment {
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly purpose: Purpose;
}

export interface Judge {
  /** By the policy of the chain's listener, or by what takes its place for this client. */
  verdict(chain: PresentedChain, clientId?: string): Verdict;
  /** The path that was found, whatever revocation says about it; empty where there is none. */
  path(chain: PresentedChain, clientId?: string): readonly PathMember[];
}

export interface PathMember {
  readonly certificate: ClientCertificate;
  readonly isAnchor: boolean;
  /** Undefined where nobody asks: for the anchor, and where revocation is off. */
  readonly revocation: RevocationOutcome | undefined;
}

/** Makes a judge who sees one world at one moment. */
export function createJudge(world: TrustWorld, { at, purpose }: Moment): Judge {
  const trust = createTrust({ world: () => world, now: () => at });

  const clientVerdict = (chain: PresentedChain, clientId: string | undefined): Verdict => {
    const own = clientId === undefined ? undefined : trust.verdictFor(clientId, chain);
    if (own !== undefined) return own;
    const presentation = trust.present(chain);
    switch (presentation.kind) {
      case 'presented':
        return presentation.verdict;
      case 'unreadable': {
        // A request with such a chain has no client at all.
        const { reason, detail } = presentation;
        return { kind: 'untrusted', of: 'certificate', reason, detail };
      }
      case 'absent':
        return refused('certificate', { reason: 'certificate_absent', detail: 'no certificate' });
    }
  };

  const examine = (chain: PresentedChain, clientId: string | undefined) => {
    const policy = policyFor(world, chain.listener, clientId);
    const reading = readChain(chain);
    if (policy === undefined || reading.kind !== 'read') return undefined;
    const { leaf, others: presented } = reading;
    const { anchors, rules } = policy;
    const found = validatePath({ leaf, presented, anchors, at, purpose, rules });
    const members = found.kind === 'trusted' ? membersOf(found, policy, world, at) : [];
    return { policy, found, members };
  };

  const serverVerdict = (chain: PresentedChain, clientId: string | undefined): Verdict => {
    const examined = examine(chain, clientId);
    // No listener, or certificates that the gateway refuses to read: its words for it.
    if (examined === undefined) return clientVerdict(chain, clientId);
    const { policy, found, members } = examined;
    if (found.kind === 'untrusted') return refused('path', found);
    const outcomes = members.flatMap(({ revocation }) => revocation ?? []);
    const decision = decideRevocation(outcomes, policy.revocation);
    if (decision.kind === 'refused') return refused('certificate', decision);
    const issuers = members.filter(({ isAnchor }) => !isAnchor).slice(1);
    return { kind: 'trusted', intermediates: issuers.map(({ certificate }) => certificate.der) };
  };

  return {
    verdict: purpose === 'client_auth' ? clientVerdict : serverVerdict,
    path: (chain, clientId) => examine(chain, clientId)?.members ?? [],
  };
}

function membersOf(
  { path, anchor }: Extract<ReturnType<typeof validatePath>, { kind: 'trusted' }>,
  { revocation, rules }: TrustPolicy,
  world: TrustWorld,
  at: number,
): readonly PathMember[] {
  const questions = revocation === 'off' ? [] : revocationQuestions(path, anchor);
  return path.map((certificate) => {
    const question = questions.find((one) => one.certificate === certificate);
    return {
      certificate,
      isAnchor: certificate.thumbprint === anchor.certificate?.thumbprint,
      revocation:
        question && knownOutcome(question, world, { at, clockSkewMs: rules.clockSkewMs }).outcome,
    };
  });
}

/** Keep in step with what `createTrust` does for a client of its own trust. */
function policyFor(
  { listeners, clients }: TrustWorld,
  listener: string,
  clientId: string | undefined,
): TrustPolicy | undefined {
  const policy = listeners.get(listener);
  const own = clientId === undefined ? undefined : clients.get(clientId);
  return policy && { ...policy, ...own };
}

function refused(
  of: 'certificate' | 'path',
  { reason, detail }: Pick<Extract<Verdict, { kind: 'untrusted' }>, 'reason' | 'detail'>,
): Verdict {
  return { kind: 'untrusted', of, reason, detail };
}
