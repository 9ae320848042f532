/**
 * Certificate policies along a path (RFC 5280 section 6.1, with any-policy as the initial set and no
 * initial inhibition). The question is only whether some policy is left where a CA demands one.
 *
 * The tree of the RFC grows exponentially with hostile mappings. Here a level is a table of policies,
 * equal nodes being one, as in RFC 9618: its size is bounded by that of the extensions. The levels
 * above need not be kept, since pruning them never takes away a node of the last one.
 */

import type { ExtensionFacts } from '../extension-facts.ts';
import { anyPolicy } from '../policy-extensions.ts';
import type { PolicyConstraints } from '../policy-extensions.ts';

export interface PolicyState {
  /** Valid policies of this level, each with those expected below it; undefined when none is left. */
  readonly level: ReadonlyMap<string, ReadonlySet<string>> | undefined;
  /** Certificates until each of them takes effect; zero is in effect. */
  readonly explicitPolicy: number;
  readonly policyMapping: number;
  readonly inhibitAnyPolicy: number;
}

export interface PolicyStep {
  readonly facts: ExtensionFacts;
  readonly isSelfIssued: boolean;
  readonly isLeaf: boolean;
}

/** The state above the first certificate; each count allows every path that has a bound. */
export const initialPolicyState: PolicyState = {
  level: new Map([[anyPolicy, new Set([anyPolicy])]]),
  explicitPolicy: Number.POSITIVE_INFINITY,
  policyMapping: Number.POSITIVE_INFINITY,
  inhibitAnyPolicy: Number.POSITIVE_INFINITY,
};

/**
 * The state under a trust anchor whose certificate has constraints of its own (RFC 5937): they are
 * what its operator asked for. The policies that it states are no constraint and don't count.
 */
export function underAnchor(facts: ExtensionFacts): PolicyState {
  return limited(initialPolicyState, facts);
}

/** The state after a certificate; `isPolicyMissing` then says whether the path may go on. */
export function nextPolicyState(state: PolicyState, step: PolicyStep): PolicyState {
  const valid = { ...state, level: levelOf(state, step) };
  if (step.isLeaf) return finalState(valid, step);
  const mapped = { ...valid, level: mappedLevel(valid, step.facts) };
  return limited(step.isSelfIssued ? mapped : countedDown(mapped), step.facts);
}

/** How many policies the next step looks at, a measure of its work. */
export function policyCount({ level }: PolicyState, facts: ExtensionFacts): number {
  let count = facts.certificatePolicies?.policies.size ?? 0;
  count += facts.policyMappings?.length ?? 0;
  for (const expected of level?.values() ?? []) count += expected.size;
  return count;
}

/** Whether a policy is demanded and none is left (section 6.1.3 (f) and 6.1.5). */
export function isPolicyMissing({ explicitPolicy, level }: PolicyState): boolean {
  return explicitPolicy <= 0 && level === undefined;
}

type Level = PolicyState['level'];

/** Section 6.1.3 (d) and (e). */
function levelOf(state: PolicyState, { facts, isSelfIssued, isLeaf }: PolicyStep): Level {
  const above = state.level;
  const stated = facts.certificatePolicies?.policies;
  if (above === undefined || stated === undefined) return undefined;
  const expected = new Set([...above.values()].flatMap((policies) => [...policies]));
  const level = new Map<string, ReadonlySet<string>>();
  for (const policy of stated) {
    if (policy === anyPolicy) continue;
    if (expected.has(policy) || above.has(anyPolicy)) level.set(policy, new Set([policy]));
  }
  const isAnyAllowed = state.inhibitAnyPolicy > 0 || (!isLeaf && isSelfIssued);
  if (stated.has(anyPolicy) && isAnyAllowed) {
    for (const policy of expected) {
      if (!level.has(policy)) level.set(policy, new Set([policy]));
    }
  }
  return orUndefined(level);
}

/** Section 6.1.4 (b). */
function mappedLevel({ level, policyMapping }: PolicyState, facts: ExtensionFacts): Level {
  if (level === undefined || facts.policyMappings === undefined) return level;
  const mapped = new Map(level);
  const bySource = Map.groupBy(facts.policyMappings, ({ issuerPolicy }) => issuerPolicy);
  for (const [policy, mappings] of bySource) {
    if (policyMapping <= 0) mapped.delete(policy);
    else if (level.has(policy) || level.has(anyPolicy)) {
      mapped.set(policy, new Set(mappings.map(({ subjectPolicy }) => subjectPolicy)));
    }
  }
  return orUndefined(mapped);
}

/** Section 6.1.4 (h). */
function countedDown(state: PolicyState): PolicyState {
  return {
    level: state.level,
    explicitPolicy: Math.max(0, state.explicitPolicy - 1),
    policyMapping: Math.max(0, state.policyMapping - 1),
    inhibitAnyPolicy: Math.max(0, state.inhibitAnyPolicy - 1),
  };
}

/** Section 6.1.4 (i) and (j). */
function limited(state: PolicyState, facts: ExtensionFacts): PolicyState {
  const { requireExplicitPolicy, inhibitPolicyMapping }: Partial<PolicyConstraints> =
    facts.policyConstraints ?? {};
  return {
    level: state.level,
    explicitPolicy: Math.min(state.explicitPolicy, requireExplicitPolicy ?? state.explicitPolicy),
    policyMapping: Math.min(state.policyMapping, inhibitPolicyMapping ?? state.policyMapping),
    inhibitAnyPolicy: Math.min(
      state.inhibitAnyPolicy,
      facts.inhibitAnyPolicy ?? state.inhibitAnyPolicy,
    ),
  };
}

/** Section 6.1.5 (a) and (b). */
function finalState(state: PolicyState, { facts }: PolicyStep): PolicyState {
  const isDemanded = facts.policyConstraints?.requireExplicitPolicy === 0;
  return { ...state, explicitPolicy: isDemanded ? 0 : Math.max(0, state.explicitPolicy - 1) };
}

function orUndefined(level: Map<string, ReadonlySet<string>>): Level {
  return level.size === 0 ? undefined : level;
}
