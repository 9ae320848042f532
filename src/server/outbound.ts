/** What the gateway asks others for on its own account: key sets of clients, and CRLs. */

import type { Client } from '../clients/client.ts';
import { createJwksSources } from '../clients/jwks-sources.ts';
import type { JwksSources } from '../clients/jwks-sources.ts';
import type { Config, JwksConfig } from '../config/schema.ts';
import { FetchError } from '../errors.ts';
import { createFetcher } from '../fetch/fetcher.ts';
import type { Fetcher, FetchRequest } from '../fetch/fetcher.ts';
import type { Telemetry } from '../telemetry/telemetry.ts';

const MAX_KEY_SET_BYTES = 262_144;
const MAX_CRL_BYTES = 33_554_432;
const CRL_TIMEOUT_MS = 30_000;

export interface OutboundDeps {
  readonly telemetry: Telemetry;
  readonly onStop: (close: () => Promise<void>) => void;
}

export interface KeySourcesOptions {
  readonly jwks: JwksConfig;
  /** The only CAs of their servers; empty: the public roots. */
  readonly caPems: readonly string[];
}

/** The key sets behind the `jwks_uri` of clients; private addresses only for those that may. */
export function openKeySources(
  clients: readonly Client[],
  { jwks, caPems }: KeySourcesOptions,
  { telemetry, onStop }: OutboundDeps,
): JwksSources {
  const { timeout: timeoutMs } = jwks;
  const rules = {
    maxBytes: MAX_KEY_SET_BYTES,
    timeoutMs,
    ...(caPems.length > 0 && { caPems }),
  };
  const fetcher = createFetcher({ ...rules, allowPrivateAddresses: false });
  const privateFetcher = createFetcher({ ...rules, allowPrivateAddresses: true });
  const sources = createJwksSources(
    clients,
    {
      maxAgeMs: jwks.max_age,
      maxStaleMs: jwks.max_stale,
      cooldownMs: jwks.cooldown,
      timeoutMs,
    },
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
