/** Where each key of the configuration stands in its file. */

import type { ConfigProblem } from '../errors.ts';

export type KeyPath = readonly (string | number)[];

/** Makes the problem of a key, with the line and column where the key stands. */
export type ProblemAt = (keyPath: KeyPath, text: string) => ConfigProblem;

export interface LineAndColumn {
  readonly line: number;
  readonly col: number;
}

export interface Positions {
  /** Notes that the key of `keyPath` stands at this offset; `isLeaf` when nothing is below it. */
  note(keyPath: KeyPath, offset: number, isLeaf: boolean): void;
  readonly problemAt: ProblemAt;
}

/** Returns the spelling of a key path in messages: `listeners[0].certificate`. */
export function formatKeyPath(keyPath: KeyPath): string {
  return keyPath
    .map((part, index) => {
      if (typeof part === 'number') return `[${part}]`;
      if (!/^[A-Za-z_][A-Za-z0-9_-]*$/.test(part)) return `[${JSON.stringify(part.slice(0, 64))}]`;
      return index === 0 ? part : `.${part}`;
    })
    .join('');
}

/**
 * Creates the positions of one file. A key that is not in the file (it is missing, or its value came
 * from a default) is placed at the nearest key above it; what a leaf was split into (host and port
 * of an address) is reported as the leaf.
 */
export function createPositions(
  file: string,
  lineAndColumn: (offset: number) => LineAndColumn,
): Positions {
  const noted = new Map<string, { readonly offset: number; readonly isLeaf: boolean }>();

  const nearest = (keyPath: KeyPath) => {
    for (let length = keyPath.length; length > 0; length -= 1) {
      const found = noted.get(JSON.stringify(keyPath.slice(0, length)));
      if (found !== undefined) return { ...found, keyPath: keyPath.slice(0, length) };
    }
    return { offset: 0, isLeaf: false, keyPath: [] };
  };

  return {
    note: (keyPath, offset, isLeaf) => {
      noted.set(JSON.stringify(keyPath), { offset, isLeaf });
    },
    problemAt: (keyPath, text) => {
      const found = nearest(keyPath);
      const { line, col } = lineAndColumn(found.offset);
      return {
        place: `${file}:${line}:${col}`,
        key: formatKeyPath(found.isLeaf ? found.keyPath : keyPath),
        text,
      };
    },
  };
}
