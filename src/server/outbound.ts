/** What the gateway asks others for on its own account: key sets of clients, CRLs, OCSP answers. */

import type { Client } from '../clients/client.ts';
import { createJwksSources } from '../clients/jwks-sources.ts';
import type { JwksSources } from '../clients/jwks-sources.ts';
import type { Config, JwksConfig } from '../config/schema.ts';
import { FetchError } from '../errors.ts';
import { createFetcher } from '../fetch/fetcher.ts';
import type { Fetcher, FetchRequest } from '../fetch/fetcher.ts';
import { createSignedAnswers } from '../oauth/signed-answer.ts';
import type { SignedAnswers } from '../oauth/signed-answer.ts';
import type { Telemetry } from '../telemetry/telemetry.ts';

export const MAX_KEY_SET_BYTES = 262_144;
const MAX_CRL_BYTES = 33_554_432;
/** Such a list is in DER; one that is larger is not read anyway. */
const MAX_POINT_BYTES = 16_777_216;
const MAX_OCSP_BYTES = 65_536;
/** In step with the bound of the answers, which is the one that is met first. */
const MAX_OCSP_QUESTIONS = 64;
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

/** Answers come at once, or the caller of introspection has waited too long. */
const SIGNER_KEYS_TIMEOUT_MS = 5_000;

/**
 * The reader of signed answers of the server behind the gateway; undefined where none is configured.
 * The operator named the address, so it may be a private one, as that of the server itself.
 */
export function openSignedAnswers(
  config: Config,
  caPems: readonly string[],
  { onStop }: Pick<OutboundDeps, 'onStop'>,
): SignedAnswers | undefined {
  const service = config.token_service;
  const signed = 'upstream' in service ? service.upstream.introspection.signed_answers : undefined;
  if (signed === undefined) return undefined;
  const fetcher = createFetcher({
    maxBytes: MAX_KEY_SET_BYTES,
    timeoutMs: SIGNER_KEYS_TIMEOUT_MS,
    allowPrivateAddresses: true,
    ...(caPems.length > 0 && { caPems }),
  });
  onStop(async () => fetcher.close());
  return createSignedAnswers({
    issuer: signed.issuer,
    jwksUri: signed.jwks_uri,
    timeoutMs: SIGNER_KEYS_TIMEOUT_MS,
    fetch: (url, { signal }) => fetchBytes(fetcher, { url, signal }),
  });
}

export interface RevocationFetchers {
  /** For the addresses of the configuration, all of them at once. */
  readonly lists: Fetcher;
  /** For the distribution points that certificates name. */
  readonly points: Fetcher;
  readonly responders: Fetcher;
}

/** One for each purpose, so that no one of them can use up the bounds of the others. */
export function openRevocationFetchers(
  { revocation }: Config,
  { onStop }: Pick<OutboundDeps, 'onStop'>,
): RevocationFetchers {
  const { allow_private_addresses: allowPrivateAddresses } = revocation;
  const ofLists = { maxBytes: MAX_CRL_BYTES, timeoutMs: CRL_TIMEOUT_MS, allowPrivateAddresses };
  const fetchers = {
    lists: createFetcher({ ...ofLists, maxConcurrent: revocation.crl_urls.length }),
    points: createFetcher({ ...ofLists, maxBytes: MAX_POINT_BYTES }),
    responders: createFetcher({
      maxBytes: MAX_OCSP_BYTES,
      timeoutMs: revocation.answer_timeout,
      allowPrivateAddresses,
      maxConcurrent: MAX_OCSP_QUESTIONS,
    }),
  };
  onStop(async () => {
    for (const fetcher of Object.values(fetchers)) fetcher.close();
  });
  return fetchers;
}

/** The octets of a document that was not asked for conditionally. */
export async function fetchBytes(fetcher: Fetcher, request: FetchRequest): Promise<Uint8Array> {
  const answer = await fetcher.fetch(request);
  if (answer.kind === 'document') return answer.body;
  throw new FetchError('fetch_answer_invalid', 'answered 304 to a request without conditions');
}
