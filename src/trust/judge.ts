/** The verdict on a chain by one policy at one moment. */

import type { Verdict } from '../certificate/client-certificate.ts';
import { validatePath } from '../certificate/path/path.ts';
import type { PathVerdict } from '../certificate/path/path.ts';
import type { PathRules } from '../certificate/path/path-rules.ts';
import { readPublicKey } from '../certificate/public-key.ts';
import { decideRevocation, revocationQuestions } from '../certificate/revocation/revocation.ts';
import type { RevocationQuestion } from '../certificate/revocation/revocation.ts';
import { validityProblem, validityWindow } from '../certificate/validity.ts';
import { CertificateError } from '../errors.ts';
import type { Reason } from '../errors.ts';
import type { ReadChain } from './reading.ts';
import { knownOutcome } from './revocation-source.ts';
import type { TrustPolicy, TrustWorld } from './trust-world.ts';
import type { DatedVerdict } from './verdict-cache.ts';

export interface Judgement extends DatedVerdict<Verdict> {
  /** Whether parts of the path are revoked is unknown, and the policy lets that pass (`soft`). */
  readonly unknown?: readonly Problem[];
  /** What other sources than lists may be asked, of a validated path that nothing at hand revokes. */
  readonly questions?: readonly RevocationQuestion[];
  /** A source that was not asked yet could change the verdict: it must not be kept. */
  readonly isProvisional?: boolean;
}

interface Problem {
  readonly reason: Reason;
  readonly detail: string;
}

/**
 * How long a refusal is kept: long enough that repeating it costs little, short enough that what has
 * been mended is seen at once.
 */
const REFUSAL_MS = 5_000;

/**
 * A path to an anchor that nothing revokes is `trusted`; a certificate that only itself vouches for
 * is `self_signed`, and becomes a client only where it is registered; all else is `untrusted`.
 */
export function judge(
  chain: ReadChain,
  policy: TrustPolicy,
  world: Pick<TrustWorld, 'crls' | 'sources'>,
  now: number,
): Judgement {
  const { rules } = policy;
  const unusable = leafProblem(chain, rules, now);
  if (unusable !== undefined) return refused(now, 'certificate', unusable);
  if (policy.verifiedBy === 'balancer' && !chain.isSelfSigned) return trustedLeaf(chain, rules);
  const path = validatePath({
    leaf: chain.leaf,
    presented: chain.others,
    anchors: policy.anchors,
    at: now,
    purpose: 'client_auth',
    rules,
  });
  if (path.kind === 'trusted') return withoutRevoked(path, policy, world, now);
  if (!chain.isSelfSigned) return refused(now, 'path', path);
  // No path is looked at (RFC 8705 section 2.2).
  const { from, until } = validityWindow(chain.leaf, rules.clockSkewMs);
  return { verdict: { kind: 'self_signed' }, validFrom: from, validUntil: until };
}

/** The leaf by the word of others, within its own dates: which path they found is not known here. */
function trustedLeaf({ leaf }: ReadChain, { clockSkewMs }: PathRules): Judgement {
  const { from, until } = validityWindow(leaf, clockSkewMs);
  const verdict: Verdict = { kind: 'trusted', intermediates: [] };
  return { verdict, validFrom: from, validUntil: until };
}

/** What makes the certificate useless, whoever vouches for it. */
function leafProblem({ leaf }: ReadChain, rules: PathRules, now: number): Problem | undefined {
  const reason = validityProblem(leaf, now, rules.clockSkewMs);
  if (reason !== undefined) return { reason, detail: 'the certificate of the client' };
  try {
    readPublicKey(leaf.publicKey, rules);
    return undefined;
  } catch (error) {
    if (!(error instanceof CertificateError)) throw error;
    return { reason: error.reason, detail: error.message };
  }
}

function withoutRevoked(
  { path, anchor, validFrom, validUntil }: Extract<PathVerdict, { kind: 'trusted' }>,
  { revocation, rules }: TrustPolicy,
  world: Pick<TrustWorld, 'crls' | 'sources'>,
  now: number,
): Judgement {
  const issuers = path.slice(1).filter((member) => member !== anchor.certificate);
  const verdict: Verdict = { kind: 'trusted', intermediates: issuers.map(({ der }) => der) };
  if (revocation === 'off') return { verdict, validFrom, validUntil };
  const questions = revocationQuestions(path, anchor);
  const moment = { at: now, clockSkewMs: rules.clockSkewMs };
  const known = questions.map((question) => ({
    question,
    ...knownOutcome(question, world, moment),
  }));
  const decision = decideRevocation(
    known.map(({ outcome }) => outcome),
    revocation,
  );
  const revoked = known.filter(({ outcome }) => outcome.status === 'revoked');
  const standing = revoked.filter((one) => one.askAgainAt > now);
  // Beside a revocation nobody is asked: the addresses below a revoked CA are nobody's word.
  const [relevant = known] = [standing, revoked].filter((some) => some.length > 0);
  const askAgainAt = Math.min(...relevant.map((one) => one.askAgainAt));
  const asked = {
    questions: relevant.filter((one) => one.askAgainAt < Infinity).map(({ question }) => question),
    isProvisional: askAgainAt <= now,
  };
  if (decision.kind === 'refused') {
    const refusal = refused(now, 'certificate', decision);
    return { ...refusal, validUntil: Math.min(refusal.validUntil, askAgainAt - 1), ...asked };
  }
  return {
    verdict,
    // A list that was not at hand before says nothing about the time before.
    validFrom: Math.max(validFrom, now),
    validUntil: Math.min(validUntil, decision.validUntil, askAgainAt - 1),
    unknown: decision.unknown,
    ...asked,
  };
}

function refused(
  now: number,
  of: 'certificate' | 'path',
  { reason, detail }: Problem,
): DatedVerdict<Verdict> {
  return {
    verdict: Object.freeze({ kind: 'untrusted', of, reason, detail }),
    validFrom: now,
    validUntil: now + REFUSAL_MS,
  };
}
