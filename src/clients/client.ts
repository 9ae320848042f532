/** A client as the gateway knows it: its one method and what that method compares. */

import type { KeyObject } from 'node:crypto';

import type { Jwks } from '../certificate/key-set/jwks.ts';
import type { RegisteredSubject } from '../certificate/name/registered-subject.ts';

interface ClientFacts {
  readonly clientId: string;
  /** Whether its secret may stand in the query, where logs keep it (RFC 6749 section 2.3.1 forbids it). */
  readonly allowSecretInQuery: boolean;
  /** What the gateway presents to an upstream that knows nothing of certificates. */
  readonly upstreamCredential: UpstreamCredential | undefined;
  readonly binding: BindingPolicy;
}

/**
 * Whether tokens are bound to the certificate that is presented: always, when there is one, or never.
 * `required` is what `tls_client_certificate_bound_access_tokens` asks for (RFC 8705 section 3.4).
 */
export type BindingPolicy = 'required' | 'if_present' | 'off';

/** What the gateway presents for a client to an upstream that knows nothing of certificates. */
export type UpstreamCredential =
  /** The value of the `Authorization` field, worked out once. */
  | { readonly method: 'client_secret_basic'; readonly authorization: string }
  | { readonly method: 'client_secret_post'; readonly secret: string }
  | { readonly method: 'private_key_jwt'; readonly key: AssertionKey }
  /** The client's own secret goes on as it came. */
  | { readonly method: 'passthrough' };

/** The key with which the gateway signs for a client (RFC 7523 section 2.2). */
export interface AssertionKey {
  readonly privateKey: KeyObject;
  /** JWS algorithm, `ES256` for example. */
  readonly algorithm: string;
  readonly keyId: string | undefined;
  readonly audience: string;
}

/** A client's secret, of which only what it is compared with is kept. */
export interface ClientSecretDigest {
  readonly sha256: Uint8Array;
  /** Milliseconds since the epoch, from when on it is good for nothing; undefined: never. */
  readonly expiresAt?: number | undefined;
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
  readonly method: 'client_secret_basic' | 'client_secret_post';
  /** Undefined where the upstream alone knows it and verifies it. */
  readonly secret: ClientSecretDigest | undefined;
}

/** Both must be right, whoever finds one of them has nothing. */
export interface CertificateAndSecretClient extends ClientFacts {
  readonly method: 'certificate_and_secret';
  readonly secret: ClientSecretDigest | undefined;
  /** By what its certificate is known; undefined where it has none and need not have one. */
  readonly certificate: SelfSignedClient | PkiClient | undefined;
}

/** Has no credential; its tokens are bound to whatever certificate it presents (RFC 8705 section 4). */
export interface PublicClient extends ClientFacts {
  readonly method: 'none';
}

export type Client =
  | SelfSignedClient
  | PkiClient
  | SecretClient
  | CertificateAndSecretClient
  | PublicClient;

/** By what the certificate of a client is known; undefined where none authenticates it. */
export function certificateOf(client: Client): SelfSignedClient | PkiClient | undefined {
  switch (client.method) {
    case 'self_signed_tls_client_auth':
    case 'tls_client_auth':
      return client;
    case 'certificate_and_secret':
      return client.certificate;
    case 'client_secret_basic':
    case 'client_secret_post':
    case 'none':
      return undefined;
  }
}
