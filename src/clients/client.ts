/** A client as the gateway knows it: its one method and what that method compares. */

import type { Jwks } from '../certificate/key-set/jwks.ts';
import type { RegisteredSubject } from '../certificate/name/registered-subject.ts';

interface ClientFacts {
  readonly clientId: string;
  /** What the gateway presents to an upstream that knows nothing of certificates. */
  readonly upstreamCredential: UpstreamCredential | undefined;
  /** `tls_client_certificate_bound_access_tokens` as registered; undefined where it is not. */
  readonly certificateBoundAccessTokens: boolean | undefined;
}

export interface UpstreamCredential {
  readonly method: 'client_secret_basic' | 'client_secret_post';
  readonly secret: string;
}

/** Known by its certificate alone, whoever issued it (RFC 8705 section 2.2). Several are for rotation. */
export interface SelfSignedClient extends ClientFacts {
  readonly method: 'self_signed_tls_client_auth';
  /** SHA-256 thumbprints of the registered certificates. */
  readonly thumbprints: ReadonlySet<string>;
  /** The keys registered in place; those of `jwksUri` are fetched. */
  readonly jwks: Jwks | undefined;
  readonly jwksUri: string | undefined;
  readonly allowPrivateJwksUri: boolean;
  /** Whether an `x5t` as WSO2 Identity Server writes it stands for a certificate. */
  readonly wso2X5t: boolean;
}

/** Known by the subject of a certificate that a CA vouches for (RFC 8705 section 2.1). */
export interface PkiClient extends ClientFacts {
  readonly method: 'tls_client_auth';
  readonly registeredSubject: RegisteredSubject;
  /** SHA-256 of the public keys that it may have; empty: any. */
  readonly publicKeyPins: ReadonlySet<string>;
  /** DER of the only CAs that vouch for it; empty: those of the listener. */
  readonly trustAnchors: readonly Uint8Array[];
}

export interface SecretClient extends ClientFacts {
  /** Verified by the token service, not here. */
  readonly method: 'client_secret_basic' | 'client_secret_post';
}

export type Client = SelfSignedClient | PkiClient | SecretClient;
