/** Holds names against the constraints of a CA above them (RFC 5280 section 6.1.3 (b) and (c)). */

import type { ConstrainedName } from './constrained-name.ts';
import type { NameForm } from './general-name.ts';
import { isWithinDomain } from './host-name.ts';
import { formatIpOctets } from './ip-address.ts';
import type { NameConstraints, NameSpace } from './name-constraints.ts';

/**
 * Why one of the names is outside of what the constraints leave, or undefined when all are inside.
 * What can't be evaluated is outside.
 *
 * @param spend is told the number of comparisons before they are made, each constraint counting once
 *   more for being sorted by form; may throw to stop them.
 */
export function nameConstraintProblem(
  names: readonly ConstrainedName[],
  { permitted, excluded }: NameConstraints,
  spend: (comparisons: number) => void,
): string | undefined {
  spend(permitted.length + excluded.length);
  const constrained = byForm({ permitted, excluded });
  for (const name of names) {
    const spaces = constrained.get(name.form);
    if (spaces === undefined) continue;
    spend(spaces.allowed.length + spaces.forbidden.length);
    const problem = problemOf(name, spaces);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

interface Spaces {
  readonly allowed: readonly NameSpace[];
  readonly forbidden: readonly NameSpace[];
  readonly unusable: string | undefined;
}

/** The spaces of every form that the constraints name; other forms are free. */
function byForm({ permitted, excluded }: NameConstraints): ReadonlyMap<NameForm, Spaces> {
  const all = Map.groupBy([...permitted, ...excluded], ({ form }) => form);
  return new Map(
    [...all].map(([form, spaces]) => {
      const broken = spaces.find((space) => 'unusable' in space);
      const unusable = broken && 'unusable' in broken ? broken.unusable : undefined;
      const allowed = permitted.filter((space) => space.form === form);
      const forbidden = excluded.filter((space) => space.form === form);
      return [form, { allowed, forbidden, unusable }];
    }),
  );
}

function problemOf(name: ConstrainedName, spaces: Spaces): string | undefined {
  if ('unusable' in name) return `${name.unusable} can't be held against a constraint`;
  if (spaces.unusable !== undefined)
    return `constraint that can't be evaluated: ${spaces.unusable}`;
  const text = textOf(name);
  if (spaces.forbidden.some((space) => overlaps(name, space))) return `${text} is excluded`;
  if (spaces.allowed.length > 0 && !spaces.allowed.some((space) => isWithin(name, space))) {
    return `${text} is not permitted`;
  }
  return undefined;
}

type UsableName = Exclude<ConstrainedName, { readonly unusable: string }>;

/** Whether the name is in the space; a wildcard only when all names that it stands for are. */
function isWithin(name: UsableName, space: NameSpace): boolean {
  if ('unusable' in space) return false;
  switch (name.form) {
    case 'dns':
      return (
        space.form === 'dns' && (space.domain === '' || isWithinDomain(name.host, space.domain))
      );
    case 'uri':
      return space.form === 'uri' && isHostWithin(name.host, space);
    case 'email': {
      if (space.form !== 'email') return false;
      if (space.local !== undefined && space.local !== name.local) return false;
      return isHostWithin(name.host, space);
    }
    case 'ip':
      return space.form === 'ip' && isAddressWithin(name.octets, space.address, space.mask);
    case 'directory':
      return (
        space.form === 'directory' && space.rdns.every((rdn, index) => rdn === name.rdns[index])
      );
  }
}

/** As `isWithin`, but a wildcard is forbidden when one of the names that it stands for is. */
function overlaps(name: UsableName, space: NameSpace): boolean {
  if (isWithin(name, space)) return true;
  if (name.form !== 'dns' || !name.isWildcard) return false;
  if (space.form !== 'dns' || 'unusable' in space) return false;
  const [label = '', ...parent] = space.domain.split('.');
  return label !== '' && parent.join('.') === name.host;
}

function isHostWithin(host: string, space: { host?: string; domain?: string }): boolean {
  if (space.host !== undefined) return host === space.host;
  return space.domain !== undefined && host !== space.domain && isWithinDomain(host, space.domain);
}

function isAddressWithin(octets: Uint8Array, address: Uint8Array, mask: Uint8Array): boolean {
  if (octets.length !== address.length) return false;
  return octets.every((octet, index) => {
    const significant = mask[index] ?? 0xff;
    return (octet & significant) === ((address[index] ?? 0) & significant);
  });
}

function textOf(name: UsableName): string {
  switch (name.form) {
    case 'dns':
      return `DNS name ${name.isWildcard ? '*.' : ''}${name.host}`;
    case 'uri':
      return `URI with host ${name.host}`;
    case 'email':
      return `mailbox ${name.local}@${name.host}`;
    case 'ip':
      return `address ${formatIpOctets(name.octets)}`;
    case 'directory':
      return 'directory name';
  }
}
