/**
 * Holds a path whose signatures are good against the rules of RFC 5280 section 6.1, from the anchor
 * down to the leaf.
 */

import { CertificateError } from '../../errors.ts';
import { expectName } from '../name/expected-name.ts';
import type { ExpectedName } from '../name/expected-name.ts';
import type { ExtensionFacts } from '../extension-facts.ts';
import { nameConstraintProblem } from '../name/name-constraint-check.ts';
import type { NameConstraints } from '../name/name-constraints.ts';
import type { PathCertificate } from './path-certificate.ts';
import { expectLeaf } from './path-leaf-rules.ts';
import {
  expectCa,
  expectIssuerName,
  expectKnownCritical,
  expectPurpose,
  expectValidAt,
  expectVersion3,
  refused,
} from './path-member-rules.ts';
import type { Purpose } from './path-member-rules.ts';
import {
  initialPolicyState,
  isPolicyMissing,
  nextPolicyState,
  policyCount,
  underAnchor,
} from './path-policies.ts';
import type { PolicyState, PolicyStep } from './path-policies.ts';
import type { PathRules } from './path-rules.ts';
import type { CandidatePath } from './path-search.ts';
import type { PathWork } from './path-work.ts';

export interface PathConditions {
  readonly at: number;
  readonly purpose: Purpose;
  readonly expectedName: ExpectedName | undefined;
  readonly rules: PathRules;
  readonly work: PathWork;
}

/** What the certificates above leave to those below. */
interface Allowance {
  /** Intermediate certificates that may still follow. */
  readonly pathLength: number;
  readonly constraints: readonly NameConstraints[];
  readonly policies: PolicyState;
}

/**
 * Returns where the path may be trusted.
 *
 * @throws CertificateError with the reason of the first rule that is broken, seen from the anchor.
 */
export function judgePath(path: CandidatePath, conditions: PathConditions): void {
  const { members, anchor, isLeafAnchor } = path;
  let allowance: Allowance = {
    pathLength: Number.POSITIVE_INFINITY,
    constraints: [],
    policies: initialPolicyState,
  };
  if (!isLeafAnchor && anchor.member !== undefined) {
    const { member } = anchor;
    allowance = atDepth(members.length, () => underAnchorOf(member, allowance, conditions));
  }
  for (const [depth, member] of [...members.entries()].toReversed()) {
    allowance = atDepth(depth, () => {
      if (depth > 0) return underIntermediate(member, allowance, conditions);
      judgeLeaf(member, allowance, isLeafAnchor, conditions);
      return allowance;
    });
  }
}

/**
 * The certificate of an anchor counts with its dates and with what it imposes (RFC 5937): it would be
 * no kindness to believe a CA further than it believes itself. Version 1 certificates can impose
 * nothing; they are taken as CAs only when self-issued, as roots of that time are.
 */
function underAnchorOf(
  member: PathCertificate,
  above: Allowance,
  conditions: PathConditions,
): Allowance {
  const { at, purpose, rules, work } = conditions;
  work.spendStep();
  const facts = member.facts();
  expectValidAt(member, at, rules);
  expectKnownCritical(facts);
  if (member.certificate.version === 3 || !member.isSelfIssued) expectCa(facts);
  expectPurpose(facts, purpose, rules);
  return {
    pathLength: facts.basicConstraints?.pathLength ?? above.pathLength,
    constraints: constraintsWith(above.constraints, facts),
    policies: underAnchor(facts),
  };
}

/** RFC 5280 section 6.1.3 and 6.1.4. */
function underIntermediate(
  member: PathCertificate,
  above: Allowance,
  conditions: PathConditions,
): Allowance {
  const { at, purpose, rules, work } = conditions;
  const { isSelfIssued } = member;
  const facts = member.facts();
  expectMember(member, facts, at, rules);
  // A self-issued certificate rolls a key over; the names of the CA itself are not its subjects'.
  if (!isSelfIssued) expectWithin(member, above.constraints, conditions);
  const policies = policiesBelow(above.policies, { facts, isSelfIssued, isLeaf: false }, work);
  expectCa(facts);
  expectPurpose(facts, purpose, rules);
  if (!isSelfIssued && above.pathLength === 0) {
    throw refused('certificate_path_too_long', 'a CA above it allows no further intermediate');
  }
  const left = above.pathLength - (isSelfIssued ? 0 : 1);
  return {
    pathLength: Math.min(left, facts.basicConstraints?.pathLength ?? left),
    constraints: constraintsWith(above.constraints, facts),
    policies,
  };
}

/** RFC 5280 section 6.1.3 and 6.1.5, and the rules of the purpose. */
function judgeLeaf(
  member: PathCertificate,
  above: Allowance,
  isLeafAnchor: boolean,
  conditions: PathConditions,
): void {
  const { at, purpose, expectedName, rules, work } = conditions;
  const { isSelfIssued } = member;
  const facts = member.facts();
  if (isLeafAnchor) {
    expectValidAt(member, at, rules);
    expectKnownCritical(facts);
  } else {
    expectMember(member, facts, at, rules);
    expectWithin(member, above.constraints, conditions);
    policiesBelow(above.policies, { facts, isSelfIssued, isLeaf: true }, work);
  }
  expectLeaf(member, facts, purpose, rules);
  if (expectedName !== undefined) expectName(facts.subjectAltName ?? [], expectedName);
}

function expectMember(
  member: PathCertificate,
  facts: ExtensionFacts,
  at: number,
  rules: PathRules,
): void {
  expectVersion3(member);
  expectIssuerName(member);
  expectValidAt(member, at, rules);
  expectKnownCritical(facts);
}

function expectWithin(
  member: PathCertificate,
  constraints: readonly NameConstraints[],
  { work }: PathConditions,
): void {
  work.spendStep();
  if (constraints.length === 0) return;
  const names = member.constrainedNames();
  for (const one of constraints) {
    const problem = nameConstraintProblem(names, one, work.spendComparisons);
    if (problem !== undefined) throw refused('certificate_name_constraint', problem);
  }
}

function policiesBelow(above: PolicyState, step: PolicyStep, work: PathWork): PolicyState {
  work.spendComparisons(policyCount(above, step.facts));
  const state = nextPolicyState(above, step);
  if (!isPolicyMissing(state)) return state;
  throw refused('certificate_policy', 'a CA demands a policy, and no policy is valid here');
}

function constraintsWith(
  constraints: readonly NameConstraints[],
  { nameConstraints }: ExtensionFacts,
): readonly NameConstraints[] {
  return nameConstraints === undefined ? constraints : [...constraints, nameConstraints];
}

function atDepth<T>(depth: number, judge: () => T): T {
  try {
    return judge();
  } catch (error) {
    if (!(error instanceof CertificateError)) throw error;
    throw new CertificateError(error.reason, `depth ${depth}: ${error.message}`, error);
  }
}
