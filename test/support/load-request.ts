/** What clients of a load send and get, whichever protocol carries it. */

export interface LoadRequest {
  readonly path: string;
  /** A POST of this form; a GET where absent. */
  readonly form?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface LoadAnswer {
  readonly status: number;
  readonly text: string;
  /** The common name of the server's certificate. */
  readonly replica: string;
  /** The body as JSON. Throws when it is none. */
  json(): Record<string, unknown>;
}

export interface LoadClient {
  /** Rejects with LostRequest. */
  ask(asked: LoadRequest): Promise<LoadAnswer>;
  /** Ends the connection: the next request has a handshake of its own. */
  leave(): void;
  /** Connections that it has opened so far. */
  readonly handshakes: () => number;
}

/** The connection of a request, as it stood when the request got no answer. */
export interface LostConnection {
  /** Undefined where the handshake was not done, so that no byte of a request was sent. */
  readonly replica: string | undefined;
  /** `performance.now()` when it was opened. */
  readonly connectedAt: number;
}

/** A request without an answer. */
export class LostRequest extends Error {
  readonly replica: string | undefined;
  readonly connectedAt: number;

  constructor(text: string, { replica, connectedAt }: LostConnection) {
    super(text);
    this.replica = replica;
    this.connectedAt = connectedAt;
  }
}
