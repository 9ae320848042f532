/** What the gateway asks others for on its own account: key sets of clients, CRLs, OCSP answers. */

import type { Client } from '../clients/client.ts';
import { createJwksSource } from '../clients/jwks-source.ts';
import type { JwksSource } from '../clients/jwks-source.ts';
import { createJwksSources } from '../clients/jwks-sources.ts';
import type { JwksSources } from '../clients/jwks-sources.ts';
import { createRecentSources } from '../clients/recent-sources.ts';
import type { JwksAddress } from '../clients/recent-sources.ts';
import type { Config, JwksConfig } from '../config/schema.ts';
import { FetchError } from '../errors.ts';
import { createFetcher } from '../fetch/fetcher.ts';
import type { Fetcher, FetcherOptions, FetchRequest } from '../fetch/fetcher.ts';
import { createSignedAnswers } from '../oauth/signed-answer.ts';
import type { SignedAnswers } from '../oauth/signed-answer.ts';
import type { Telemetry } from '../telemetry/telemetry.ts';
import type { Parts } from './shared-parts.ts';

const MAX_KEY_SET_BYTES = 262_144;
const MAX_CRL_BYTES = 33_554_432;
/** Such a list is in DER; one that is larger is not read anyway. */
const MAX_POINT_BYTES = 16_777_216;
const MAX_OCSP_BYTES = 65_536;
/** In step with the bound of the answers, which is the one that is met first. */
const MAX_OCSP_QUESTIONS = 64;
const CRL_TIMEOUT_MS = 30_000;

export interface OutboundDeps {
  readonly telemetry: Telemetry;
  readonly parts: Parts;
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
  deps: OutboundDeps,
): JwksSources {
  const options = {
    jwks,
    caPems,
    purpose: 'key sets of clients',
    failure: 'the key set of a client could not be fetched',
  };
  // Held by this generation, too, since the recent sources outlive the one that made them.
  const create = new Map(
    [true, false].map((allowPrivate) => [
      allowPrivate,
      keySourceMaker({ ...options, allowPrivate }, deps),
    ]),
  );
  return createJwksSources(clients, {
    open: ({ uri, allowPrivate }) => openKeySource({ ...options, uri, allowPrivate }, deps),
    recent: deps.parts.use('recent key sets', { jwks, caPems }, (onStop) => {
      const recent = createRecentSources(({ uri, allowPrivate }) => {
        const source = create.get(allowPrivate)?.(uri);
        if (source === undefined) throw new FetchError('fetch_refused', 'no way to the address');
        return source;
      });
      onStop(async () => recent.close());
      return recent;
    }),
  });
}

export interface KeySourceOptions extends KeySourcesOptions, Omit<JwksAddress, 'text'> {
  /** Sources of one purpose share the bound of fetches at once. */
  readonly purpose: string;
  /** What the log says where the set can't be had. */
  readonly failure: string;
}

/** One key set. What was fetched stays at hand where the next generation has the same address. */
export function openKeySource(options: KeySourceOptions, deps: OutboundDeps): JwksSource {
  const create = keySourceMaker(options, deps);
  const { failure: _failure, ...key } = options;
  return deps.parts.use('key set', key, (onStop) => {
    const source = create(options.uri);
    onStop(async () => source.close());
    return source;
  });
}

function keySourceMaker(
  { allowPrivate, jwks, caPems, purpose, failure }: Omit<KeySourceOptions, 'uri'>,
  { telemetry, parts }: OutboundDeps,
): (uri: string) => JwksSource {
  const fetcher = openFetcher(
    purpose,
    {
      maxBytes: MAX_KEY_SET_BYTES,
      timeoutMs: jwks.timeout,
      allowPrivateAddresses: allowPrivate,
      ...(caPems.length > 0 && { caPems }),
    },
    parts,
  );
  return (uri) =>
    createJwksSource(
      {
        uri,
        maxAgeMs: jwks.max_age,
        maxStaleMs: jwks.max_stale,
        cooldownMs: jwks.cooldown,
        timeoutMs: jwks.timeout,
      },
      {
        fetch: (url, { signal }) => fetchBytes(fetcher, { url, signal }),
        now: () => performance.now(),
        onFailure: ({ uri: asked, detail }) =>
          telemetry.log('warn', failure, { uri: asked, detail }),
      },
    );
}

function openFetcher(purpose: string, options: FetcherOptions, parts: Parts): Fetcher {
  return parts.use(`fetcher of ${purpose}`, options, (onStop) => {
    const fetcher = createFetcher(options);
    onStop(async () => fetcher.close());
    return fetcher;
  });
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
  parts: Parts,
): SignedAnswers | undefined {
  const service = config.token_service;
  const signed = 'upstream' in service ? service.upstream.introspection.signed_answers : undefined;
  if (signed === undefined) return undefined;
  return parts.use('signed answers', { signed, caPems }, (onStop) => {
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
export function openRevocationFetchers({ revocation }: Config, parts: Parts): RevocationFetchers {
  const { allow_private_addresses: allowPrivateAddresses } = revocation;
  const ofLists = { maxBytes: MAX_CRL_BYTES, timeoutMs: CRL_TIMEOUT_MS, allowPrivateAddresses };
  return {
    lists: openFetcher('lists', { ...ofLists, maxConcurrent: revocation.crl_urls.length }, parts),
    points: openFetcher('points', { ...ofLists, maxBytes: MAX_POINT_BYTES }, parts),
    responders: openFetcher(
      'responders',
      {
        maxBytes: MAX_OCSP_BYTES,
        timeoutMs: revocation.answer_timeout,
        allowPrivateAddresses,
        maxConcurrent: MAX_OCSP_QUESTIONS,
      },
      parts,
    ),
  };
}

/** The octets of a document that was not asked for conditionally. */
export async function fetchBytes(fetcher: Fetcher, request: FetchRequest): Promise<Uint8Array> {
  const answer = await fetcher.fetch(request);
  if (answer.kind === 'document') return answer.body;
  throw new FetchError('fetch_answer_invalid', 'answered 304 to a request without conditions');
}
