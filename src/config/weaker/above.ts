/** Which entries of a list of paths and prefixes count for a path; in step with gateway/path-pattern.ts. */

interface WithPath {
  readonly path: string;
}

/** Returns those that count for a path, or for all of a prefix, the longest first. */
export function above<Of extends WithPath>(entries: readonly Of[], path: string): readonly Of[] {
  return entries
    .filter((entry) => isWithin(path, entry.path))
    .toSorted(
      (a, b) => baseOf(b.path).length - baseOf(a.path).length || a.path.length - b.path.length,
    );
}

/** Whether a path, or all of a prefix, belongs to another path or prefix. */
export function isWithin(path: string, other: string): boolean {
  if (path === other) return true;
  const [own, base] = [baseOf(path), baseOf(other)];
  return base !== other && (own === base || own.startsWith(`${base}/`));
}

function baseOf(path: string): string {
  return path.replace(/\/\*$/, '');
}
