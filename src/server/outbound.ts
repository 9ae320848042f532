/** What the gateway asks others for on its own account: key sets of clients, and CRLs. */

import type { Client } from '../clients/client.ts';
import { createJwksSources } from '../clients/jwks-sources.ts';
import type { JwksSources } from '../clients/jwks-sources.ts';
import type { Config } from '../config/schema.ts';
import { FetchError } from '../errors.ts';
import { createFetcher } from '../fetch/fetcher.ts';
import type { Fetcher, FetchRequest } from '../fetch/fetcher.ts';
import type { Telemetry } from '../telemetry/telemetry.ts';

const MAX_KEY_SET_BYTES = 262_144;
const MAX_CRL_BYTES = 33_554_432;
const KEY_SET_TIMEOUT_MS = 5_000;
const CRL_TIMEOUT_MS = 30_000;

/** How long a key set counts, how long where no newer one can be had, and the pause between two. */
const KEY_SET_AGES = { maxAgeMs: 300_000, maxStaleMs: 86_400_000, cooldownMs: 30_000 } as const;

export interface OutboundDeps {
  readonly telemetry: Telemetry;
  readonly onStop: (close: () => Promise<void>) => void;
}

/** The key sets behind the `jwks_uri` of clients; private addresses only for those that may. */
export function openKeySources(
  clients: readonly Client[],
  { telemetry, onStop }: OutboundDeps,
): JwksSources {
  const limits = { maxBytes: MAX_KEY_SET_BYTES, timeoutMs: KEY_SET_TIMEOUT_MS };
  const fetcher = createFetcher({ ...limits, allowPrivateAddresses: false });
  const privateFetcher = createFetcher({ ...limits, allowPrivateAddresses: true });
  const sources = createJwksSources(
    clients,
    { ...KEY_SET_AGES, timeoutMs: KEY_SET_TIMEOUT_MS },
    {
      fetch: (url, { signal }) => fetchBytes(fetcher, { url, signal }),
      fetchPrivate: (url, { signal }) => fetchBytes(privateFetcher, { url, signal }),
      now: () => performance.now(),
      onFailure: ({ uri, detail }) =>
        telemetry.log('warn', 'the key set of a client could not be fetched', { uri, detail }),
    },
  );
  onStop(async () => {
    sources.close();
    fetcher.close();
    privateFetcher.close();
  });
  return sources;
}

export function openCrlFetcher({ revocation }: Config, { onStop }: OutboundDeps): Fetcher {
  const fetcher = createFetcher({
    maxBytes: MAX_CRL_BYTES,
    timeoutMs: CRL_TIMEOUT_MS,
    allowPrivateAddresses: revocation.allow_private_addresses,
  });
  onStop(async () => fetcher.close());
  return fetcher;
}

/** The octets of a document that was not asked for conditionally. */
export async function fetchBytes(fetcher: Fetcher, request: FetchRequest): Promise<Uint8Array> {
  const answer = await fetcher.fetch(request);
  if (answer.kind === 'document') return answer.body;
  throw new FetchError('fetch_answer_invalid', 'answered 304 to a request without conditions');
}
