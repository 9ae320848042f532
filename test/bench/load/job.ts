/** What the generator is told to do; travels as JSON. */

export interface Job {
  readonly port: number;
  /** PEM files of the client's chain and key; absent for a client without certificate. */
  readonly certificate?: string;
  readonly key?: string;
  readonly ca: string;
  /**
   * `keep`: all connections stay open. `full`: each operation is a connection with a whole
   * handshake and one request. `resumed`: each is one that resumes an earlier session.
   */
  readonly connections: 'keep' | 'full' | 'resumed';
  readonly concurrency: number;
  readonly operations: number;
  /** Whole requests, sent in turn. A request that is expected to be answered with this status. */
  readonly requests: readonly string[];
  readonly status: number;
}

/** What the holder of idle connections is told. */
export interface HoldJob {
  readonly port: number;
  readonly ca: string;
  readonly certificate: string;
  readonly key: string;
  readonly connections: number;
}
