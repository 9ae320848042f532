/** Problems and warnings as people read them: the place first, as compilers have it. */

import type { ConfigProblem } from '../errors.ts';

/** Returns one line for each; `kind` stands before the text where it is no plain problem. */
export function describeProblems(problems: readonly ConfigProblem[], kind = ''): string {
  return problems
    .map(({ place, key, text }) =>
      [place, kind, key === '' ? '' : `${key}:`, text].filter(Boolean).join(' '),
    )
    .map((line) => `${line}\n`)
    .join('');
}
