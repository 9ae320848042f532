/** Which certificate a token belongs to: said for each token that the gateway lets out. */

export type TokenKind = 'access' | 'refresh' | 'device_code' | 'request_uri' | 'auth_req_id';

export interface Binding {
  /**
   * `x5t#S256` of the certificate. Undefined says that the token is bound to none on purpose: by
   * policy, or as the refresh token of a confidential client, which is bound to the client alone
   * (RFC 8705 section 7.1).
   */
  readonly thumbprint: string | undefined;
  readonly clientId: string;
  readonly kind: TokenKind;
}

export interface TokenBinding extends Binding {
  /** The token as the upstream issued it. */
  readonly token: string;
  /** Seconds since the epoch; at least as late as the token's own expiry. */
  readonly expiresAt: number;
}

export interface FoundToken {
  /** The token as the upstream knows it; what was given where nothing is known of it. */
  readonly upstreamToken: string;
  /** Undefined when nothing is known, which is not the same as unbound. */
  readonly binding: Binding | undefined;
  /** Whether the token was revoked through the gateway. */
  readonly isRevoked: boolean;
  /** Seconds since the epoch until which the binding is known; undefined: as long as the token lives. */
  readonly expiresAt: number | undefined;
  /** Seconds since the epoch when the token was first let out; absent where nobody wrote it down. */
  readonly issuedAt?: number | undefined;
}

/** Every method fails with StoreError when what it rests on fails. */
export interface Bindings {
  /**
   * Resolves where bindings can be written at this moment, without one, to those of a grant that is
   * good once: what is written there next finds room that is kept for it.
   */
  promise(): Promise<PromisedBindings>;
  /**
   * Resolves to the tokens as clients will hold them, in the order given, when every binding is
   * durable. A token keeps its binding: handed out again with the same one it lives longer, with
   * another one, or once it is revoked, it is a `conflict`.
   */
  bindAll(bindings: readonly TokenBinding[]): Promise<readonly string[] | 'conflict'>;
  /**
   * What is known of a token that a client or a resource server holds; at once where nothing has to be
   * waited for, and it then throws in place of rejecting.
   */
  find(token: string): FoundToken | Promise<FoundToken>;
  /** Makes what is known live until then at least, in seconds since the epoch. */
  extend(token: string, expiresAt: number): Promise<void>;
  /** From now on, for as long as it would have lived, the token is revoked. */
  revoke(token: string): Promise<void>;
}

export type PromisedBindings = Pick<Bindings, 'bindAll' | 'extend'>;
