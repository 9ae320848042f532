/** The key sources of all clients: clients with the same address share one. */

import { certificateOf } from './client.ts';
import type { Client } from './client.ts';
import type { JwksSource } from './jwks-source.ts';
import type { JwksAddress, RecentSources } from './recent-sources.ts';

export interface JwksSources {
  /** The source of a client that has a `jwks_uri`, also of one that came after the start. */
  of(client: Client): JwksSource | undefined;
}

export interface JwksSourcesDeps {
  /** Called once for each address of the clients; what it throws is passed on. */
  readonly open: (address: JwksAddress) => JwksSource;
  /** For clients that came later. */
  readonly recent: Pick<RecentSources, 'of'>;
}

export function createJwksSources(
  clients: readonly Client[],
  { open, recent }: JwksSourcesDeps,
): JwksSources {
  const sources = new Map<string, JwksSource>();
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
