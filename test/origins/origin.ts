/** Servers of other hands behind the gateway, that answer with what they have read. */

import type { TestContext } from 'node:test';

export interface Origin {
  readonly url: string;
  /**
   * The requests that it has seen, as `GET /path`, in the order of their ends. Waits until this path
   * is among them.
   */
  seen(path: string): Promise<readonly string[]>;
}

/** Each answers 302, its location `/at` and the path that it was asked for. */
export interface OriginKind {
  readonly name: string;
  /** Why tests with it are skipped; false where it is installed. */
  readonly without: string | false;
  start(t: TestContext): Promise<Origin>;
}
