/** Where the configuration wants revocations to be learnt from: lists, distribution points, responders. */

import type { Crl } from '../certificate/revocation/crl.ts';
import type { Anchor } from '../certificate/path/path-anchor.ts';
import type { Material } from '../config/check.ts';
import { readCrlPlace } from '../config/crl-places.ts';
import type { Config } from '../config/schema.ts';
import { TrustDataError } from '../errors.ts';
import type { Telemetry } from '../telemetry/telemetry.ts';
import { askResponder } from '../trust/ask-responder.ts';
import type { CrlReader } from '../trust/crl-reader.ts';
import { openCrlSource } from '../trust/crl-source.ts';
import { createOcspAnswers } from '../trust/ocsp-answers.ts';
import type { RevocationSource } from '../trust/revocation-source.ts';
import { openCrlPoints, tellUnreadable } from './crl-points.ts';
import { fetchBytes, openRevocationFetchers } from './outbound.ts';
import type { RevocationFetchers } from './outbound.ts';
import type { OnStop, Parts } from './shared-parts.ts';

export interface RevocationDeps {
  readonly material: Pick<Material, 'crls'>;
  readonly telemetry: Telemetry;
  readonly parts: Parts;
  readonly onStop: OnStop;
  readonly reader: CrlReader;
  /** Those of the lists that the issuer signed. */
  readonly authentic: (lists: readonly Crl[], issuer: Anchor) => Promise<readonly Crl[]>;
  /** Checks signatures off the event loop, before the lists come into force. */
  readonly learn: (lists: readonly Crl[]) => Promise<void>;
  /** All lists at hand, whenever any of them may have changed. */
  readonly onLists: (lists: readonly Crl[]) => void;
  /** The configured ones among them, by file, folder or address, after each round. */
  readonly onPlaces: (places: ReadonlyMap<string, readonly Crl[]>) => void;
}

export interface Revocation {
  /** Who is to be asked beside the lists. */
  readonly sources: readonly RevocationSource[];
  /** Reads no configured list again; what is at hand stays. Idempotent. */
  readonly stopRefreshing: () => void;
}

interface Opened extends RevocationDeps {
  readonly fetchers: RevocationFetchers;
}

/** Reads the configured lists, then returns who is to be asked beside them. */
export async function openRevocation(config: Config, deps: RevocationDeps): Promise<Revocation> {
  const { revocation } = config;
  const opened = { ...deps, fetchers: openRevocationFetchers(config, deps.parts) };
  const points = revocation.crl_distribution_points ? openCrlPoints(config, opened) : undefined;
  let places: ReadonlyMap<string, readonly Crl[]> = new Map();
  const tell = (): void => deps.onLists([...places.values(), ...(points?.lists() ?? [])].flat());
  if (points !== undefined) deps.onStop(points.listen(tell));

  const stopRefreshing = await openLists(config, opened, (found) => {
    places = found;
    tell();
    deps.onPlaces(found);
  });
  return {
    stopRefreshing,
    sources: [
      ...(revocation.ocsp ? [openResponders(config, opened)] : []),
      ...(points === undefined ? [] : [points.source]),
    ],
  };
}

/**
 * Addresses that were asked before a reload keep what they said, so that there is no time without
 * their lists; they are asked again behind it.
 */
async function openLists(
  { revocation }: Config,
  { material, telemetry, parts, onStop, reader, fetchers, learn }: Opened,
  onPlaces: RevocationDeps['onPlaces'],
): Promise<() => void> {
  const said = new Map(
    revocation.crl_urls.map((url) => [url, parts.use('said lists', url, nothingSaid)] as const),
  );
  const learned = async (reading: Promise<readonly Crl[]>): Promise<readonly Crl[]> => {
    const lists = await reading;
    await learn(lists);
    return lists;
  };
  const fetchLists = async (url: string): Promise<readonly Crl[]> => {
    // A list is signed by its CA, so that http will do.
    const bytes = await fetchBytes(fetchers.lists, { url, allowHttp: true });
    const lists = await learned(reader.read(bytes));
    const last = said.get(url);
    if (last !== undefined) last.lists = lists;
    return lists;
  };
  const known = [...said].flatMap(([url, { lists }]) =>
    lists === undefined ? [] : [[url, lists] as const],
  );
  // Of what is at hand the signatures are known before the first request, too.
  await learn([...material.crls.values(), ...known.map(([, lists]) => lists)].flat());
  const source = await openCrlSource(
    {
      files: material.crls,
      urls: revocation.crl_urls,
      known: new Map(known),
      refreshMs: revocation.refresh,
    },
    {
      read: (place) => learned(readPlace(place, reader)),
      fetch: fetchLists,
      onFailure: (place, detail) => tellUnreadable(telemetry, place, detail),
      onChange: onPlaces,
    },
  );
  onStop(async () => source.close());
  return source.close;
}

/** What an address said last. */
interface SaidLists {
  lists: readonly Crl[] | undefined;
}

function nothingSaid(): SaidLists {
  return { lists: undefined };
}

function openResponders(
  { revocation }: Config,
  { telemetry, parts, fetchers: { responders } }: Opened,
): RevocationSource {
  const post = (url: string, body: Uint8Array): Promise<Uint8Array> =>
    fetchBytes(responders, {
      url,
      body,
      // An answer is signed, so that http will do, as it must: an https responder's own certificate
      // would have to be asked about first.
      allowHttp: true,
      contentType: 'application/ocsp-request',
      accept: 'application/ocsp-response',
    });
  const {
    refresh: refreshMs,
    retry_pause: retryMs,
    answer_timeout: timeoutMs,
    allow_private_addresses: allowsPrivate,
  } = revocation;
  return parts.use('responders', { refreshMs, retryMs, timeoutMs, allowsPrivate }, () =>
    createOcspAnswers(
      { refreshMs, retryMs },
      {
        now: Date.now,
        ask: async (question, url, crls) => {
          const outcome = await askResponder(question, url, { post, crls, now: Date.now });
          const result = outcome.status === 'unknown' ? outcome.reason : outcome.status;
          telemetry.metrics.countOcspQuestion(result);
          return outcome;
        },
      },
    ),
  );
}

async function readPlace(place: string, reader: CrlReader): Promise<readonly Crl[]> {
  const outcome = await readCrlPlace(place, place, reader.read);
  if ('crls' in outcome) return outcome.crls;
  throw new TrustDataError('crl_malformed', outcome.problem);
}
