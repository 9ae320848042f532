/**
 * Path validation (RFC 5280 section 6): whether a certificate that was proven can be traced to a trust
 * anchor. Pure: nothing is fetched, no clock is read, the same input always has the same answer.
 */

import { CertificateError } from '../../errors.ts';
import type { ClientCertificate } from '../client-certificate.ts';
import type { ExpectedName } from '../name/expected-name.ts';
import type { Anchor, AnchorSet } from './path-anchor.ts';
import { createPathCertificate } from './path-certificate.ts';
import { judgePath } from './path-judgement.ts';
import type { PathConditions } from './path-judgement.ts';
import type { Purpose } from './path-member-rules.ts';
import { defaultPathRules } from './path-rules.ts';
import type { PathRules } from './path-rules.ts';
import { searchPaths } from './path-search.ts';
import type { CandidatePath, DeadEnd } from './path-search.ts';
import type { PathRefusal } from './path-signature.ts';
import { createPathWork } from './path-work.ts';
import type { PathWork } from './path-work.ts';
import { validityWindow } from '../validity.ts';

export interface PathRequest {
  /** The certificate whose key was proven; no other of the chain can take its place. */
  readonly leaf: ClientCertificate;
  /** The other certificates that were sent, in any order; helpful or not, they are never trusted. */
  readonly presented: readonly ClientCertificate[];
  readonly anchors: AnchorSet;
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly purpose: Purpose;
  readonly expectedName?: ExpectedName;
  /** Defaults for what is absent. */
  readonly rules?: Partial<PathRules>;
}

export type PathVerdict =
  | {
      readonly kind: 'trusted';
      /** Leaf first; the certificate of the anchor last, where the anchor has one. */
      readonly path: readonly ClientCertificate[];
      readonly anchor: Anchor;
      /** Milliseconds since the epoch, inclusive: at any moment between, the verdict is the same. */
      readonly validFrom: number;
      readonly validUntil: number;
    }
  | ({ readonly kind: 'untrusted' } & PathRefusal);

/**
 * Judges the leaf. When no path is good, the reason is that of the most promising one:
 * 1. the first path that reached an anchor by good signatures, in the order of the search;
 * 2. else the step furthest from the leaf that could not be taken, and of several at that depth a bad
 *    signature or key before a path too long, before an unknown issuer;
 * 3. work beyond the bounds takes precedence over both: a good path may have been left unseen.
 */
export function validatePath(request: PathRequest): PathVerdict {
  const rules = { ...defaultPathRules, ...request.rules };
  try {
    const octets = expectSize(request, rules);
    const work = createPathWork(rules);
    work.spendOctets(octets);
    return findPath(request, rules, work);
  } catch (error) {
    if (!(error instanceof CertificateError)) throw error;
    return untrusted({ reason: error.reason, detail: error.message });
  }
}

function findPath(request: PathRequest, rules: PathRules, work: PathWork): PathVerdict {
  const { at, purpose, expectedName, anchors } = request;
  const leaf = createPathCertificate(request.leaf);
  const presented = withoutRepeats(request.presented).map(createPathCertificate);
  let deadEnd: DeadEnd | undefined;
  const onDeadEnd = (found: DeadEnd): void => {
    if (deadEnd === undefined || compareDeadEnds(found, deadEnd) > 0) deadEnd = found;
  };
  let refusal: PathRefusal | undefined;
  for (const path of searchPaths({ leaf, presented, anchors, at, rules, work }, onDeadEnd)) {
    const found = refusalOf(path, { at, purpose, expectedName, rules, work });
    if (found === undefined) return trusted(path, rules);
    refusal ??= found;
  }
  return untrusted(refusal ?? withDepth(deadEnd));
}

/** The octets of all certificates; asked first, so that too much is refused at the price of a look. */
function expectSize({ leaf, presented }: PathRequest, rules: PathRules): number {
  const count = presented.length + 1;
  const octets = presented.reduce((sum, { der }) => sum + der.length, leaf.der.length);
  if (count <= rules.maxPresented && octets <= rules.maxPresentedOctets) return octets;
  const detail = `${count} certificates of ${octets} octets in all`;
  throw new CertificateError('certificate_chain_too_large', detail);
}

function withoutRepeats(sent: readonly ClientCertificate[]): readonly ClientCertificate[] {
  return [...new Map(sent.map((certificate) => [certificate.thumbprint, certificate])).values()];
}

function refusalOf(path: CandidatePath, conditions: PathConditions): PathRefusal | undefined {
  try {
    judgePath(path, conditions);
    return undefined;
  } catch (error) {
    if (!(error instanceof CertificateError)) throw error;
    if (error.reason === 'certificate_work_exceeded') throw error;
    return { reason: error.reason, detail: error.message };
  }
}

function compareDeadEnds(a: DeadEnd, b: DeadEnd): number {
  return a.depth - b.depth || promiseOf(a) - promiseOf(b);
}

function promiseOf({ reason }: DeadEnd): number {
  if (reason === 'certificate_issuer_unknown') return 0;
  return reason === 'certificate_path_too_long' ? 1 : 2;
}

function withDepth(deadEnd: DeadEnd | undefined): PathRefusal {
  // The search tells of every step that it can't take, so there is one whenever there is no path.
  if (deadEnd === undefined) return { reason: 'certificate_issuer_unknown', detail: 'no path' };
  return { reason: deadEnd.reason, detail: `depth ${deadEnd.depth}: ${deadEnd.detail}` };
}

function untrusted({ reason, detail }: PathRefusal): PathVerdict {
  return Object.freeze({ kind: 'untrusted', reason, detail });
}

/** The window is that of all members together, the anchor's certificate included. */
function trusted(candidate: CandidatePath, rules: PathRules): PathVerdict {
  const { members, isLeafAnchor } = candidate;
  const { anchor } = candidate.anchor;
  const path = members.map(({ certificate }) => certificate);
  if (anchor.certificate !== undefined && !isLeafAnchor) path.push(anchor.certificate);
  const windows = path.map((certificate) => validityWindow(certificate, rules.clockSkewMs));
  return Object.freeze({
    kind: 'trusted',
    path: Object.freeze(path),
    anchor,
    validFrom: Math.max(...windows.map(({ from }) => from)),
    validUntil: Math.min(...windows.map(({ until }) => until)),
  });
}
