/** What the provider makes of a client's metadata, without storing anything. */

import { clientMetadata } from '../clients/client-metadata.ts';
import type { ServiceClient } from '../clients/client-metadata.ts';
import type { OidcProvider } from '../provider.ts';
import type { ClientMetadata } from 'oidc-provider';

/** Its type declarations leave the constructor out, which is what validates. */
type ClientConstructor = new (metadata: ClientMetadata) => {
  metadata(): Readonly<Record<string, unknown>>;
};

export type Normalized =
  | { readonly metadata: Readonly<Record<string, unknown>> }
  /** The provider's own sentence, which begins with the member. */
  | { readonly refusal: string };

/** Returns what finds out. */
export function createNormalizer(provider: OidcProvider): (client: ServiceClient) => Normalized {
  const { Client } = provider as unknown as { readonly Client: ClientConstructor };
  return (client) => {
    try {
      return { metadata: new Client(clientMetadata(client)).metadata() };
    } catch (error) {
      const { error: code, error_description: text } = error as {
        readonly error?: unknown;
        readonly error_description?: unknown;
      };
      if (code !== 'invalid_client_metadata' || typeof text !== 'string') throw error;
      return { refusal: text };
    }
  };
}
