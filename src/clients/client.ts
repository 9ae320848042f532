/** A client as the gateway knows it: its one method and what that method compares. */

import type { DistinguishedName } from '../certificate/distinguished-name.ts';

interface ClientFacts {
  readonly clientId: string;
  /** What the gateway presents to an upstream that knows nothing of certificates. */
  readonly upstreamCredential: UpstreamCredential | undefined;
}

export interface UpstreamCredential {
  readonly method: 'client_secret_basic' | 'client_secret_post';
  readonly secret: string;
}

export type Client =
  | (ClientFacts & {
      readonly method: 'self_signed_tls_client_auth';
      /** SHA-256 thumbprints of the registered certificates. */
      readonly thumbprints: ReadonlySet<string>;
    })
  | (ClientFacts & {
      readonly method: 'tls_client_auth';
      readonly subject: DistinguishedName;
    })
  | (ClientFacts & {
      /** Verified by the token service, not here. */
      readonly method: 'client_secret_basic' | 'client_secret_post';
    });
