/** The key sources of all clients: clients with the same address share one. */

import { certificateOf } from './client.ts';
import type { Client } from './client.ts';
import { createJwksSource } from './jwks-source.ts';
import { createRecentSources } from './recent-sources.ts';
import type { JwksAddress } from './recent-sources.ts';
import type {
  FetchDocument,
  JwksSource,
  JwksSourceDeps,
  JwksSourceOptions,
} from './jwks-source.ts';

export interface JwksSources {
  /** The source of a client that has a `jwks_uri`, also of one that came after the start. */
  of(client: Client): JwksSource | undefined;
  close(): void;
}

export interface JwksSourcesDeps extends Omit<JwksSourceDeps, 'fetch'> {
  readonly fetch: FetchDocument;
  /** The same for clients whose keys may lie at a private address. */
  readonly fetchPrivate: FetchDocument;
}

/** @throws FetchError `fetch_refused` when the address of a client is not https. */
export function createJwksSources(
  clients: readonly Client[],
  options: Omit<JwksSourceOptions, 'uri'>,
  { fetchPrivate, ...deps }: JwksSourcesDeps,
): JwksSources {
  const open = ({ uri, allowPrivate }: JwksAddress): JwksSource =>
    createJwksSource(
      { ...options, uri },
      { ...deps, fetch: allowPrivate ? fetchPrivate : deps.fetch },
    );
  const sources = new Map<string, JwksSource>();
  const recent = createRecentSources(open);
  for (const client of clients) {
    const address = addressOf(client);
    if (address === undefined || sources.has(address.text)) continue;
    sources.set(address.text, open(address));
  }
  return {
    of: (client) => {
      const address = addressOf(client);
      return address && (sources.get(address.text) ?? recent.of(address));
    },
    close: () => {
      for (const source of sources.values()) source.close();
      recent.close();
    },
  };
}

/** One client's leave to ask a private address is not another's. */
function addressOf(client: Client): JwksAddress | undefined {
  const known = certificateOf(client);
  if (known?.method !== 'self_signed_tls_client_auth' || known.jwksUri === undefined) {
    return undefined;
  }
  const { jwksUri: uri, allowPrivateJwksUri: allowPrivate } = known;
  return { uri, allowPrivate, text: `${allowPrivate ? 'private' : 'public'} ${uri}` };
}
