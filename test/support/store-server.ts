/** A store server of the test's own, which it can stop, freeze and start again. */

/** Registers what must be done when the tests are over. */
export type OnEnd = (clean: () => Promise<void>) => void;

export interface StoreServer {
  readonly url: string;
  start(): Promise<void>;
  /** Drops all that it holds. */
  empty(): Promise<void>;
  /** Ends it at once, as a crash does. */
  kill(): Promise<void>;
  /** Lets every process of it hang with its connections open. */
  freeze(): void;
  thaw(): void;
}
