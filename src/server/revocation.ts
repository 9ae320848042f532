/** Where the configuration wants revocations to be learnt from: lists, distribution points, responders. */

import type { CrlSet } from '../certificate/revocation/crl-set.ts';
import type { Crl } from '../certificate/revocation/crl.ts';
import type { Anchor } from '../certificate/path/path-anchor.ts';
import type { Material } from '../config/check.ts';
import { readCrlPlace } from '../config/crl-places.ts';
import type { Config } from '../config/schema.ts';
import { TrustDataError } from '../errors.ts';
import type { Telemetry } from '../telemetry/telemetry.ts';
import { askResponder } from '../trust/ask-responder.ts';
import { createCrlPoints } from '../trust/crl-points.ts';
import { createCrlReader } from '../trust/crl-reader.ts';
import type { CrlReader } from '../trust/crl-reader.ts';
import { openCrlSource } from '../trust/crl-source.ts';
import { createOcspAnswers } from '../trust/ocsp-answers.ts';
import type { RevocationSource } from '../trust/revocation-source.ts';
import { fetchBytes, openRevocationFetchers } from './outbound.ts';
import type { RevocationFetchers } from './outbound.ts';

export interface RevocationDeps {
  readonly material: Pick<Material, 'crls'>;
  readonly telemetry: Telemetry;
  readonly onStop: (close: () => Promise<void>) => void;
  /** The lists in force. */
  readonly crls: () => CrlSet;
  /** Those of the lists that the issuer signed. */
  readonly authentic: (lists: readonly Crl[], issuer: Anchor) => Promise<readonly Crl[]>;
  /** Checks signatures off the event loop, before the lists come into force. */
  readonly learn: (lists: readonly Crl[]) => Promise<void>;
  /** All lists at hand, whenever any of them may have changed. */
  readonly onLists: (lists: readonly Crl[]) => void;
}

interface Parts extends RevocationDeps {
  readonly reader: CrlReader;
  readonly fetchers: RevocationFetchers;
}

/** Reads the configured lists, then returns who is to be asked beside them. */
export async function openRevocation(
  config: Config,
  deps: RevocationDeps,
): Promise<readonly RevocationSource[]> {
  const { revocation } = config;
  const reader = createCrlReader();
  deps.onStop(reader.close);
  const parts = { ...deps, reader, fetchers: openRevocationFetchers(config, deps) };
  let configured: readonly Crl[] = [];
  let named: readonly Crl[] = [];
  const tell = (): void => deps.onLists([...configured, ...named]);

  await openLists(config, parts, (lists) => {
    configured = lists;
    tell();
  });
  const sources: RevocationSource[] = [];
  if (revocation.ocsp) sources.push(openResponders(config, parts));
  if (revocation.crl_distribution_points) {
    const points = openPoints(config, parts, (lists) => {
      named = lists;
      tell();
    });
    sources.push(points);
  }
  return sources;
}

async function openLists(
  { revocation }: Config,
  { material, telemetry, onStop, reader, fetchers, learn }: Parts,
  onLists: (lists: readonly Crl[]) => void,
): Promise<void> {
  const learned = async (reading: Promise<readonly Crl[]>): Promise<readonly Crl[]> => {
    const lists = await reading;
    await learn(lists);
    return lists;
  };
  const source = await openCrlSource(
    { files: material.crls, urls: revocation.crl_urls, refreshMs: revocation.refresh },
    {
      read: (place) => learned(readPlace(place, reader)),
      fetch: (url) => learned(readUrl(url, fetchers.lists, reader)),
      onFailure: (place, detail) => tellUnreadable(telemetry, place, detail),
      onChange: (places) => {
        onLists([...places.values()].flat());
        telemetry.metrics.setCrlNextUpdates('configuration', nextUpdates(places));
      },
    },
  );
  onStop(async () => source.close());
}

function openPoints(
  { revocation }: Config,
  { telemetry, onStop, reader, fetchers, authentic }: Parts,
  onLists: (lists: readonly Crl[]) => void,
): RevocationSource {
  const points = createCrlPoints(
    {
      refreshMs: revocation.refresh,
      retryMs: revocation.retry_pause,
      waitMs: revocation.answer_timeout,
    },
    {
      read: (url) => readUrl(url, fetchers.points, reader),
      authentic,
      now: Date.now,
      onChange: (places) => {
        onLists([...places.values()].flat());
        telemetry.metrics.setCrlNextUpdates('certificates', nextUpdates(places));
      },
      onFailure: (url, detail) => tellUnreadable(telemetry, url, detail),
    },
  );
  onStop(async () => points.close());
  return points;
}

function openResponders(
  { revocation }: Config,
  { telemetry, fetchers, crls }: Parts,
): RevocationSource {
  const { responders } = fetchers;
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
  return createOcspAnswers(
    { refreshMs: revocation.refresh, retryMs: revocation.retry_pause },
    {
      now: Date.now,
      ask: async (question, url) => {
        const outcome = await askResponder(question, url, { post, crls, now: Date.now });
        const result = outcome.status === 'unknown' ? outcome.reason : outcome.status;
        telemetry.metrics.countOcspQuestion(result);
        return outcome;
      },
    },
  );
}

/** A list is signed by its CA, so that http will do. */
async function readUrl(
  url: string,
  fetcher: RevocationFetchers['lists'],
  reader: CrlReader,
): Promise<readonly Crl[]> {
  return reader.read(await fetchBytes(fetcher, { url, allowHttp: true }));
}

async function readPlace(place: string, reader: CrlReader): Promise<readonly Crl[]> {
  const outcome = await readCrlPlace(place, place, reader.read);
  if ('crls' in outcome) return outcome.crls;
  throw new TrustDataError('crl_malformed', outcome.problem);
}

function nextUpdates(places: ReadonlyMap<string, readonly Crl[]>): ReadonlyMap<string, number> {
  return new Map(
    [...places]
      .filter(([, lists]) => lists.length > 0)
      .map(([place, lists]) => [place, Math.min(...lists.map((crl) => crl.nextUpdate)) / 1_000]),
  );
}

function tellUnreadable(telemetry: Telemetry, place: string, detail: string): void {
  telemetry.log('warn', 'a CRL could not be read; what was known stays', { place, detail });
}
