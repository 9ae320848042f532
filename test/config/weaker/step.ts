/** A step towards a weaker configuration, what is told of it, and how such steps are written. */

import type { Parts } from './checked-states.ts';

export interface Step {
  /** As in the schema, lists with []. */
  readonly key: string;
  /** A part of each line that is told. */
  readonly told: readonly string[];
  readonly before: Parts;
  readonly after: Parts;
  /** The way back lets something else pass. */
  readonly eitherWay?: true;
}

/** Returns what makes a step of a key, from YAML within one part of the configuration to another. */
export const within =
  (part: keyof Parts, around: (yaml: string) => string, base: Parts = {}) =>
  (key: string, [before, after]: readonly [string, string], ...told: readonly string[]): Step => ({
    key,
    told,
    before: { ...base, [part]: around(before) },
    after: { ...base, [part]: around(after) },
  });

export const comma = (yaml: string): string => (yaml === '' ? '' : `, ${yaml}`);
