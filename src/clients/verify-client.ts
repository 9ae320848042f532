/** Whether a certificate is a client's, with the keys of its `jwks_uri` where these decide. */

import type { Client } from './client.ts';
import type { ClientMismatch, Presented } from './client-match.ts';
import type { JwksSources } from './jwks-sources.ts';
import { matchClient } from './match-client.ts';

/**
 * Undefined when the certificate authenticates the client, else why not. The keys of a `jwks_uri` are
 * looked at only where nothing else decides; a certificate that they don't know makes them be fetched
 * once more, as the client may just have changed it. Never rejects for a reason of the network.
 */
export async function verifyClient(
  client: Client,
  presented: Presented,
  sources: JwksSources,
): Promise<ClientMismatch | undefined> {
  const mismatch = matchClient(client, presented);
  const source = sources.of(client);
  if (mismatch?.reason !== 'client_keys_unavailable' || source === undefined) return mismatch;

  const answer = await source.current();
  const second = matchClient(client, presented, answer);
  if (second?.reason !== 'certificate_not_registered' || answer.kind !== 'keys') return second;
  const newer = await source.newerThan(answer.jwks);
  return newer === undefined ? second : matchClient(client, presented, newer);
}
