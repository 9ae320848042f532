/** A path of the configuration, or a prefix that ends in `/*`, and which paths it covers. */

export interface PathPattern {
  /** Without the `/*` of a prefix. */
  readonly base: string;
  readonly isPrefix: boolean;
}

export function readPathPattern(text: string): PathPattern {
  const isPrefix = text.endsWith('/*');
  return { base: isPrefix ? text.slice(0, -2) : text, isPrefix };
}

/** Whether the pattern is the path or, as a prefix, the path itself or above it. */
export function covers({ base, isPrefix }: PathPattern, path: string): boolean {
  return isPrefix ? isUnder(base, path) : path === base;
}

/** Sorts the longest first, a path before the prefix that is as long: the first to cover counts. */
export function longestFirst(a: PathPattern, b: PathPattern): number {
  return b.base.length - a.base.length || Number(a.isPrefix) - Number(b.isPrefix);
}

/** Whether the path is the base itself or lies below it. */
export function isUnder(base: string, path: string): boolean {
  return path.startsWith(base) && (path.length === base.length || path[base.length] === '/');
}
