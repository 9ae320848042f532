/** How many permission tickets a resource server is given, since anyone can make it ask for them. */

export interface AllowanceOptions {
  /** How long a ticket lives. */
  readonly lifetimeMs: number;
  /** Tickets of one resource server within one lifetime. */
  readonly maxTickets: number;
  /** As `performance.now()`: a clock that is set back keeps nobody waiting. */
  readonly now: () => number;
}

/** Whether this resource server may have one more, which then has counted. */
export type Allowance = (clientId: string) => boolean;

/** Counts in spans of one lifetime: of two spans side by side, twice as many tickets may be there. */
export function createAllowance({ lifetimeMs, maxTickets, now }: AllowanceOptions): Allowance {
  // As many as there are resource servers in the configuration.
  const spans = new Map<string, { readonly since: number; readonly count: number }>();
  return (clientId) => {
    const span = spans.get(clientId);
    const isOver = span === undefined || now() - span.since >= lifetimeMs;
    const { since, count } = isOver ? { since: now(), count: 0 } : span;
    if (count >= maxTickets) return false;
    spans.set(clientId, { since, count: count + 1 });
    return true;
  };
}
