/** The key sources of all clients: clients with the same address share one. */

import { certificateOf } from './client.ts';
import type { Client } from './client.ts';
import { createJwksSource } from './jwks-source.ts';
import type {
  FetchDocument,
  JwksSource,
  JwksSourceDeps,
  JwksSourceOptions,
} from './jwks-source.ts';

export interface JwksSources {
  /** The source of a client that has a `jwks_uri`. */
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
  const sources = new Map<string, JwksSource>();
  for (const client of clients) {
    const key = keyOf(client);
    if (key === undefined || sources.has(key.text)) continue;
    const fetch = key.allowPrivate ? fetchPrivate : deps.fetch;
    sources.set(key.text, createJwksSource({ ...options, uri: key.uri }, { ...deps, fetch }));
  }
  return {
    of: (client) => sources.get(keyOf(client)?.text ?? ''),
    close: () => {
      for (const source of sources.values()) source.close();
    },
  };
}

/** One client's leave to ask a private address is not another's. */
function keyOf(client: Client) {
  const known = certificateOf(client);
  if (known?.method !== 'self_signed_tls_client_auth' || known.jwksUri === undefined) {
    return undefined;
  }
  const { jwksUri: uri, allowPrivateJwksUri: allowPrivate } = known;
  return { uri, allowPrivate, text: `${allowPrivate ? 'private' : 'public'} ${uri}` };
}
