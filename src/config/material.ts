/** What the files of a configuration hold, read once and checked. */

import type { ClientConfig, ListenerConfig } from './schema.ts';

export interface ListenerMaterial {
  readonly config: ListenerConfig;
  /** The server certificate and its intermediates, exactly the certificates that were checked. */
  readonly certificatePem: string;
  /** PKCS#8 of the key that was checked to belong to the certificate. */
  readonly privateKeyPem: string;
  /** One PEM text per certificate; complete, or the configuration is refused. */
  readonly clientCaPems: readonly string[];
}

export interface ClientMaterial {
  readonly config: ClientConfig;
  /** DER of the registered certificates. */
  readonly certificates: readonly Uint8Array[];
  /** The secret of a client of the embedded token service. */
  readonly secret?: string;
  /** The secret that the gateway presents for this client. */
  readonly upstreamSecret?: string;
}

export interface Material {
  /** In the order of the configuration, as are the clients. */
  readonly listeners: readonly ListenerMaterial[];
  readonly clients: readonly ClientMaterial[];
  /** CAs of the upstream, one PEM text per certificate; empty where the public roots count. */
  readonly upstreamCaPems: readonly string[];
}
