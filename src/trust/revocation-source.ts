/** Sources that are asked about a certificate once it is needed, and what is known from them. */

import { checkRevocation } from '../certificate/revocation/crl-revocation.ts';
import { mergeSources } from '../certificate/revocation/revocation.ts';
import type {
  RevocationOutcome,
  RevocationQuestion,
} from '../certificate/revocation/revocation.ts';
import type { CrlSet } from '../certificate/revocation/crl-set.ts';
import type { TrustWorld } from './trust-world.ts';

export interface RevocationSource {
  /** What is at hand at this moment; undefined where the certificate names no such source. */
  told(question: RevocationQuestion, at: number): Told | undefined;
  /**
   * Asks what has to be asked. Only for certificates of a path that leads to an anchor: the address
   * stands in the certificate, and before that anyone may have written it there.
   *
   * Returns what to wait for, which never rejects; undefined where nothing is worth a wait.
   *
   * @param crls in force for whoever asks: a responder may itself be revoked.
   */
  ask(question: RevocationQuestion, crls: () => CrlSet): Promise<void> | undefined;
}

export interface Told {
  /** Undefined where the source adds to the CRLs at hand and says nothing by itself. */
  readonly outcome: RevocationOutcome | undefined;
  /** Milliseconds since the epoch. From then on the source may know more, and is to be asked. */
  readonly askAgainAt: number;
}

export interface KnownOutcome extends Told {
  readonly outcome: RevocationOutcome;
}

/** Returns what lists and sources together say, asking none of them. */
export function knownOutcome(
  question: RevocationQuestion,
  { crls, sources }: Pick<TrustWorld, 'crls' | 'sources'>,
  { at, clockSkewMs }: { readonly at: number; readonly clockSkewMs: number },
): KnownOutcome {
  const byList = checkRevocation({ ...question, crls, at, clockSkewMs });
  // Nothing that a source says changes it, so that none is asked.
  if (byList.status === 'revoked') return { outcome: byList, askAgainAt: Infinity };
  const told = sources.flatMap((source) => source.told(question, at) ?? []);
  // The sources first: where nobody knows, their words lead on and not that of a missing list.
  const [first = byList, ...others] = told.flatMap(({ outcome }) => outcome ?? []);
  return {
    outcome: first === byList ? byList : mergeSources(first, ...others, byList),
    askAgainAt: Math.min(Number.POSITIVE_INFINITY, ...told.map(({ askAgainAt }) => askAgainAt)),
  };
}
