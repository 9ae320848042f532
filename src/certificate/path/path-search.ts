/**
 * Searches paths from the leaf up to a trust anchor, along signatures that verify. The rules of the
 * path are not applied here: the search finds who signed, the judgement says whether that counts.
 *
 * As a signature rarely verifies with two keys, and never with many, names alone can't make the search
 * branch: among nine certificates there are some 27 ways up, whatever they claim. Every step counts
 * as work all the same, and that is bounded.
 */

import { formatDistinguishedName } from '../name/distinguished-name.ts';
import type { AnchorSet, KnownAnchor } from './path-anchor.ts';
import type { PathCertificate } from './path-certificate.ts';
import type { PathRules } from './path-rules.ts';
import { issuerSignatureProblem } from './path-signature.ts';
import type { PathRefusal } from './path-signature.ts';
import type { PathWork } from './path-work.ts';

export interface PathSearch {
  readonly leaf: PathCertificate;
  /** The other certificates that were sent, in any order. */
  readonly presented: readonly PathCertificate[];
  readonly anchors: AnchorSet;
  readonly at: number;
  readonly rules: PathRules;
  readonly work: PathWork;
}

export interface CandidatePath {
  /** Leaf first, up to the one that the anchor signed, or the leaf that is the anchor. */
  readonly members: readonly PathCertificate[];
  readonly anchor: KnownAnchor;
  /** The leaf is the certificate of the anchor; nothing else is on the path then. */
  readonly isLeafAnchor: boolean;
}

/** Where the search got stuck. `depth` counts from the leaf, which is 0. */
export interface DeadEnd extends PathRefusal {
  readonly depth: number;
}

interface Candidate {
  readonly publicKey: Uint8Array;
  readonly keyIdentifier: string | undefined;
  readonly dates: { readonly notBefore: number; readonly notAfter: number };
  /** Undefined for an anchor, which ends the path. */
  readonly member: PathCertificate | undefined;
  readonly anchor: KnownAnchor | undefined;
}

/**
 * The paths whose signatures are good, the most promising first: at each step anchors before
 * certificates that were sent, then those whose key identifier is the one asked for, then those
 * valid at the moment, then those valid longest.
 *
 * @param onDeadEnd is told of every step that could not be taken.
 * @throws CertificateError `certificate_work_exceeded`.
 */
export function* searchPaths(
  search: PathSearch,
  onDeadEnd: (deadEnd: DeadEnd) => void,
): Generator<CandidatePath, void> {
  const { leaf, anchors, rules, work } = search;
  const checked = new Map<string, PathRefusal | undefined>();
  const problemOf = (child: PathCertificate, { publicKey }: Candidate): PathRefusal | undefined => {
    const key = `${child.certificate.thumbprint} ${Buffer.from(publicKey).toString('base64')}`;
    if (!checked.has(key)) {
      checked.set(key, issuerSignatureProblem(child.certificate, publicKey, rules, work));
    }
    return checked.get(key);
  };

  function* climb(members: readonly PathCertificate[]): Generator<CandidatePath, void> {
    const depth = members.length - 1;
    const child = members[depth] ?? leaf;
    work.spendStep();
    const candidates = candidatesFor(child, members, search);
    if (candidates.length === 0) onDeadEnd({ depth, ...issuerUnknown(child) });
    for (const candidate of candidates) {
      const above = candidate.member ? [...members, candidate.member] : members;
      if (countsTowardsDepth(above) > rules.maxDepth) {
        onDeadEnd({ depth, ...tooDeep(rules) });
        continue;
      }
      const problem = problemOf(child, candidate);
      if (problem !== undefined) {
        onDeadEnd({ depth, ...problem });
        continue;
      }
      const { anchor } = candidate;
      if (anchor !== undefined) yield { members, anchor, isLeafAnchor: false };
      else yield* climb(above);
    }
  }

  const own = anchors.holding(leaf.certificate);
  if (own !== undefined) yield { members: [leaf], anchor: own, isLeafAnchor: true };
  yield* climb([leaf]);
}

/** The issuers that the names allow, the most promising first; none that is on the path already. */
function candidatesFor(
  child: PathCertificate,
  members: readonly PathCertificate[],
  { presented, anchors, at }: PathSearch,
): readonly Candidate[] {
  const wanted = child.keyIdentifiers.authority;
  const isOnPath = ({ publicKey }: { readonly publicKey: Uint8Array }): boolean =>
    members.some(
      (member) =>
        member.subjectKey === child.issuerKey &&
        Buffer.compare(member.certificate.publicKey, publicKey) === 0,
    );
  const promise = ({ keyIdentifier, dates }: Candidate): readonly number[] => {
    const isNamed = wanted !== undefined && keyIdentifier === wanted;
    const isOther = wanted !== undefined && keyIdentifier !== undefined && !isNamed;
    const isCurrent = at >= dates.notBefore && at <= dates.notAfter;
    return [isNamed ? 2 : isOther ? 0 : 1, isCurrent ? 1 : 0, dates.notAfter];
  };
  const ranked = (candidates: readonly Candidate[]): readonly Candidate[] =>
    candidates
      .filter((candidate) => !isOnPath(candidate))
      .map((candidate) => ({ candidate, rank: promise(candidate) }))
      .toSorted((a, b) => compareRanks(b.rank, a.rank))
      .map(({ candidate }) => candidate);
  return [
    ...ranked(anchors.named(child.issuerKey).map(anchorCandidate)),
    ...ranked(
      presented.filter(({ subjectKey }) => subjectKey === child.issuerKey).map(memberCandidate),
    ),
  ];
}

const always = { notBefore: Number.NEGATIVE_INFINITY, notAfter: Number.POSITIVE_INFINITY };

function anchorCandidate(known: KnownAnchor): Candidate {
  const { publicKey, certificate: dates = always } = known.anchor;
  const keyIdentifier = known.member?.keyIdentifiers.subject;
  return { publicKey, keyIdentifier, dates, member: undefined, anchor: known };
}

function memberCandidate(member: PathCertificate): Candidate {
  const { certificate, keyIdentifiers } = member;
  const { publicKey } = certificate;
  const keyIdentifier = keyIdentifiers.subject;
  return { publicKey, keyIdentifier, dates: certificate, member, anchor: undefined };
}

function compareRanks(a: readonly number[], b: readonly number[]): number {
  for (const [index, value] of a.entries()) {
    const other = b[index] ?? 0;
    if (value !== other) return value < other ? -1 : 1;
  }
  return 0;
}

/** Self-issued intermediate certificates, which roll a key over, are not counted. */
function countsTowardsDepth(members: readonly PathCertificate[]): number {
  return members.slice(1).filter(({ isSelfIssued }) => !isSelfIssued).length;
}

function tooDeep({ maxDepth }: PathRules): PathRefusal {
  const detail = `more than ${maxDepth} intermediate certificates`;
  return { reason: 'certificate_path_too_long', detail };
}

function issuerUnknown({ certificate }: PathCertificate): PathRefusal {
  const issuer = formatDistinguishedName(certificate.issuer).slice(0, 200);
  const detail = `no trusted and no other presented certificate of issuer ${JSON.stringify(issuer)}`;
  return { reason: 'certificate_issuer_unknown', detail };
}
