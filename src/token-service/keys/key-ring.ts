/** The service's own keys over time, and what is due to be done about them: pure. */

import type { webcrypto } from 'node:crypto';

/** JWS algorithms (RFC 7518 section 3.1) of the service's signatures. */
export type SigningAlgorithm = 'ES256' | 'RS256' | 'PS256';

export interface SigningKey extends webcrypto.JsonWebKey {
  readonly alg: SigningAlgorithm;
  /** RFC 7638 thumbprint. */
  readonly kid: string;
}

/** Keys that are made, put to use and dropped together. */
export interface KeyGeneration {
  /** Seconds since the epoch; published before, signs from then on. */
  readonly signsFrom: number;
  /** Private keys, one for each algorithm. */
  readonly signing: readonly SigningKey[];
  /** The secret that signs cookies. */
  readonly cookie: string;
}

/** Never empty; in the order in which they come to sign. */
export type KeyRing = readonly KeyGeneration[];

export interface KeyPolicy {
  /** The first signs access tokens. */
  readonly algorithms: readonly SigningAlgorithm[];
  /** How long a generation signs. */
  readonly rotateEveryMs: number;
  /** How long it is published before it signs: longer than anybody keeps a key set. */
  readonly publishBeforeMs: number;
  /** How long it is published after it signed: longer than anything lives that it signed. */
  readonly keepMs: number;
}

/** The generations to keep, and when the one to be made signs; undefined where nothing is due. */
export interface DueChange {
  readonly kept: KeyRing;
  readonly nextSignsFrom: number | undefined;
}

/**
 * Returns what is due at this second: a generation ahead of the next rotation, or for an algorithm
 * that has no key yet, and the end of those whose signatures have all expired.
 */
export function dueChange(ring: KeyRing, policy: KeyPolicy, now: number): DueChange | undefined {
  const kept = ring.filter((_, index) => {
    const successor = ring[index + 1];
    return successor === undefined || successor.signsFrom + seconds(policy.keepMs) > now;
  });
  const nextSignsFrom = dueRotation(ring, policy, now);
  if (nextSignsFrom === undefined && kept.length === ring.length) return undefined;
  return { kept, nextSignsFrom };
}

/** Returns how the next generation signs as soon as it may; undefined where one is ahead already. */
export function earlyRotation(
  ring: KeyRing,
  { publishBeforeMs }: KeyPolicy,
  now: number,
): DueChange | undefined {
  const isAhead = ring.some(({ signsFrom }) => signsFrom > now);
  return isAhead ? undefined : { kept: ring, nextSignsFrom: now + seconds(publishBeforeMs) };
}

/** Returns the generations, the one that signs first and those ahead of their time last. */
export function bySigner(ring: KeyRing, now: number): KeyRing {
  const begun = ring.filter(({ signsFrom }) => signsFrom <= now);
  const ahead = ring.filter(({ signsFrom }) => signsFrom > now);
  return [...begun.toReversed(), ...ahead];
}

/**
 * The algorithm by which the first generation of the ring signs. It may be older than the choice of
 * the policy, for as long as the keys of the next one are published only.
 */
export function signingAlgorithm(ring: KeyRing, { algorithms }: KeyPolicy): SigningAlgorithm {
  const available = ring[0]?.signing.map(({ alg }) => alg) ?? [];
  return algorithms.find((alg) => available.includes(alg)) ?? available[0] ?? 'ES256';
}

function dueRotation(ring: KeyRing, policy: KeyPolicy, now: number): number | undefined {
  const newest = ring.at(-1);
  const ahead = seconds(policy.publishBeforeMs);
  if (newest === undefined) return now;
  // Of those made ahead one is enough.
  if (newest.signsFrom > now) return undefined;
  const lacks = policy.algorithms.some((alg) => newest.signing.every((key) => key.alg !== alg));
  if (lacks) return now + ahead;
  const next = newest.signsFrom + seconds(policy.rotateEveryMs);
  return next - ahead > now ? undefined : Math.max(next, now + ahead);
}

function seconds(milliseconds: number): number {
  return Math.ceil(milliseconds / 1_000);
}
