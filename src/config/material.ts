/** What the files of a configuration hold, read once and checked. */

import type { KeyObject } from 'node:crypto';

import type { Crl } from '../certificate/revocation/crl.ts';
import type { Jwks } from '../certificate/key-set/jwks.ts';
import type { RegisteredSubject } from '../certificate/name/registered-subject.ts';
import type { ProtectionMaterial } from './check-protection.ts';
import type { TokenServiceMaterial } from './check-token-service.ts';
import type { ClientConfig, ListenerConfig } from './schema.ts';

export interface ServerMaterial {
  /** The server certificate and its intermediates, exactly the certificates that were checked. */
  readonly certificatePem: string;
  /** PKCS#8 of the key that was checked to belong to the certificate. */
  readonly privateKeyPem: string;
}

export interface ListenerMaterial extends ServerMaterial {
  readonly config: ListenerConfig;
  /** Of each entry of `server_names`, in their order; the listener's own where it has none. */
  readonly serverNames: readonly ServerMaterial[];
  /** What ticket keys are derived from. */
  readonly ticketSecret?: Uint8Array;
  /** DER of the CAs that vouch for clients; complete, or the configuration is refused. */
  readonly clientCas: readonly Uint8Array[];
  /** SHA-256, base64url, of the load balancer's certificates or public keys; see the configuration. */
  readonly balancerCertificates: readonly string[];
}

export interface ClientMaterial {
  readonly config: ClientConfig;
  /** DER of the registered certificates. */
  readonly certificates: readonly Uint8Array[];
  /** Registered thumbprints, SHA-256 in the notation of RFC 8705. */
  readonly thumbprints: readonly string[];
  readonly jwks?: Jwks;
  /** The one subject of a client of tls_client_auth. */
  readonly subject?: RegisteredSubject;
  /** SHA-256 of public keys, base64url. */
  readonly publicKeyPins: readonly string[];
  /** DER of the only CAs that vouch for the client; empty where those of the listener do. */
  readonly trustAnchors: readonly Uint8Array[];
  /** The client's own secret, where it is verified here. */
  readonly secret?: string;
  /** What the gateway presents for this client; undefined: its client_id alone. */
  readonly upstreamCredential: UpstreamCredentialMaterial | undefined;
}

export type UpstreamCredentialMaterial =
  | { readonly method: 'client_secret_basic'; readonly secret: string }
  | { readonly method: 'client_secret_post'; readonly secret: string }
  | {
      readonly method: 'private_key_jwt';
      readonly key: {
        readonly privateKey: KeyObject;
        readonly algorithm: string;
        readonly keyId: string | undefined;
        readonly audience: string;
      };
    }
  | { readonly method: 'passthrough' };

export interface Material extends TokenServiceMaterial {
  /** In the order of the configuration, as are the clients. */
  readonly listeners: readonly ListenerMaterial[];
  readonly clients: readonly ClientMaterial[];
  /** The CRLs of each file or folder of the configuration. */
  readonly crls: ReadonlyMap<string, readonly Crl[]>;
  /** CAs of the store's server, one PEM text per certificate; empty where the public roots count. */
  readonly storeCaPems: readonly string[];
  /** CAs of the servers of key sets, likewise. */
  readonly jwksCaPems: readonly string[];
  /** The key by which certificate headers are proven to the upstream. */
  readonly certificateProofKey?: string;
  readonly protection: ProtectionMaterial;
  /** The bearer token of the management listener. */
  readonly managementToken?: string;
}
