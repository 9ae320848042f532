/** Whether a certificate is a client's, with the keys of its `jwks_uri` where these decide. */

import type { Client } from './client.ts';
import type { ClientMismatch, Presented } from './client-match.ts';
import type { JwksSource } from './jwks-source.ts';
import type { JwksSources } from './jwks-sources.ts';
import { matchClient } from './match-client.ts';

/**
 * Undefined when the certificate authenticates the client, else why not; at once unless keys have to be
 * asked for. Those of a `jwks_uri` are looked at only where nothing else decides; a certificate that they
 * don't know makes them be fetched once more, as the client may just have changed it. Never rejects for a
 * reason of the network.
 */
export function verifyClient(
  client: Client,
  presented: Presented,
  sources: JwksSources,
): ClientMismatch | undefined | Promise<ClientMismatch | undefined> {
  const mismatch = matchClient(client, presented);
  const source = sources.of(client);
  return mismatch?.reason !== 'client_keys_unavailable' || source === undefined
    ? mismatch
    : verifyByKeys(client, presented, source);
}

async function verifyByKeys(
  client: Client,
  presented: Presented,
  source: JwksSource,
): Promise<ClientMismatch | undefined> {
  const answer = await source.current();
  const second = matchClient(client, presented, answer);
  if (second?.reason !== 'certificate_not_registered' || answer.kind !== 'keys') return second;
  const newer = await source.newerThan(answer.jwks);
  return newer === undefined ? second : matchClient(client, presented, newer);
}
