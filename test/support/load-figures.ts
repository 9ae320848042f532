/** What is told of a load when it is over. */

export interface LoadFigures {
  readonly answered: number;
  /** Of these, answered that the service is not to be had. */
  readonly unavailable: number;
  readonly lost: number;
  readonly handshakes: number;
  readonly seconds: number;
  /** Milliseconds of an answer with its handshake: that of 99 in a hundred, and the slowest. */
  readonly p99Ms: number;
  readonly slowestMs: number;
}

/** Those of loads that ran one after the other; `p99Ms` is that of the slowest. */
export function addFigures(all: readonly LoadFigures[]): LoadFigures {
  const sum = (of: (each: LoadFigures) => number): number =>
    all.reduce((total, each) => total + of(each), 0);
  const largest = (of: (each: LoadFigures) => number): number => Math.max(...all.map(of));
  return {
    answered: sum(({ answered }) => answered),
    unavailable: sum(({ unavailable }) => unavailable),
    lost: sum(({ lost }) => lost),
    handshakes: sum(({ handshakes }) => handshakes),
    seconds: sum(({ seconds }) => seconds),
    p99Ms: largest(({ p99Ms }) => p99Ms),
    slowestMs: largest(({ slowestMs }) => slowestMs),
  };
}

/** What this process holds at its end, the load and the gateway together. */
export function residentText(): string {
  return `${Math.round(process.memoryUsage().rss / 1_048_576)} MB resident with the load`;
}

/** One line; `more` is put behind it. */
export function summaryLine(
  name: string,
  { answered, unavailable, lost, handshakes, seconds, p99Ms, slowestMs }: LoadFigures,
  more: readonly string[] = [],
): string {
  const facts = [
    `${answered} requests answered in ${seconds.toFixed(1)} s (${Math.round(answered / seconds)}/s)`,
    ...(unavailable > 0 ? [`${unavailable} of them 503`] : []),
    `${handshakes} handshakes`,
    `${lost} lost`,
    `p99 ${p99Ms} ms`,
    `slowest ${slowestMs} ms`,
    ...more,
  ];
  return `SUMMARY ${name}: ${facts.join(', ')}`;
}
