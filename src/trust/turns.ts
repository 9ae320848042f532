/** Lets a few pieces of work run at once; the others wait in line. */

export type InTurn = <T>(work: () => Promise<T>) => Promise<T>;

/** The line has no bound of its own: who uses it knows how many can be waiting. */
export function createTurns(maxAtOnce: number): InTurn {
  const line: (() => void)[] = [];
  let running = 0;
  return async (work) => {
    if (running < maxAtOnce) running += 1;
    // Whoever ends hands over its place, so that the number of running ones stays.
    else await new Promise<void>((resolve) => line.push(resolve));
    try {
      return await work();
    } finally {
      const next = line.shift();
      if (next === undefined) running -= 1;
      else next();
    }
  };
}
