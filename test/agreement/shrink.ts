/** One stream as it was cut, and the smallest that shows the same. */

import { cutAt } from './octets.ts';

export interface Case {
  /** One character for each octet. */
  readonly stream: string;
  /** Where the pieces after the first begin. */
  readonly cuts: readonly number[];
  /** Whether the stream ends behind the last piece. */
  readonly ends?: boolean;
  /** Of the requests, where answers are read. */
  readonly methods?: readonly string[];
}

/** The case in pieces, as a reader takes it. */
export function piecesOf({ stream, cuts }: Case): readonly Buffer[] {
  return cutAt(Buffer.from(stream, 'latin1'), cuts);
}

/** Takes away what is not needed for `isFound` to hold; it holds for the case given. */
export async function shrink(
  found: Case,
  isFound: (smaller: Case) => Promise<boolean>,
): Promise<Case> {
  let smallest = found;
  const whole = { ...found, cuts: [] };
  if (await isFound(whole)) smallest = whole;
  for (let size = Math.ceil(smallest.stream.length / 2); size > 0; size = Math.floor(size / 2)) {
    for (let at = smallest.stream.length - size; at >= 0; at -= size) {
      const smaller = without(smallest, at, size);
      if (await isFound(smaller)) smallest = smaller;
    }
  }
  for (const cut of smallest.cuts) {
    const smaller = { ...smallest, cuts: smallest.cuts.filter((each) => each !== cut) };
    if (await isFound(smaller)) smallest = smaller;
  }
  return smallest;
}

function without(from: Case, at: number, size: number): Case {
  return {
    ...from,
    stream: from.stream.slice(0, at) + from.stream.slice(at + size),
    cuts: from.cuts.map((cut) => (cut <= at ? cut : Math.max(at, cut - size))),
  };
}
