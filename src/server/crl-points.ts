/** CRLs from the distribution points that certificates name, shared by generations that want the same. */

import type { Crl } from '../certificate/revocation/crl.ts';
import type { Config } from '../config/schema.ts';
import { shownUrl } from '../fetch/document-url.ts';
import type { Telemetry } from '../telemetry/telemetry.ts';
import { createCrlPoints } from '../trust/crl-points.ts';
import type { RevocationSource } from '../trust/revocation-source.ts';
import { fetchBytes } from './outbound.ts';
import type { RevocationFetchers } from './outbound.ts';
import type { RevocationDeps } from './revocation.ts';

export interface SharedPoints {
  readonly source: RevocationSource;
  /** What is at hand of all points. */
  readonly lists: () => readonly Crl[];
  /** Tells whenever lists came, changed or went; returns what ends it. */
  readonly listen: (onLists: () => void) => () => Promise<void>;
}

export interface CrlPointsDeps extends Pick<
  RevocationDeps,
  'telemetry' | 'parts' | 'reader' | 'authentic'
> {
  readonly fetchers: RevocationFetchers;
}

export function openCrlPoints({ revocation }: Config, deps: CrlPointsDeps): SharedPoints {
  const { telemetry, parts, reader, fetchers, authentic } = deps;
  const times = {
    refreshMs: revocation.refresh,
    retryMs: revocation.retry_pause,
    waitMs: revocation.answer_timeout,
  };
  const { allow_private_addresses: allowsPrivate } = revocation;
  return parts.use('distribution points', { ...times, allowsPrivate }, (onStop) => {
    const listeners = new Set<() => void>();
    let lists: readonly Crl[] = [];
    const points = createCrlPoints(times, {
      // A list is signed by its CA, so that http will do.
      read: async (url) => reader.read(await fetchBytes(fetchers.points, { url, allowHttp: true })),
      authentic,
      now: Date.now,
      onChange: (places) => {
        lists = [...places.values()].flat();
        telemetry.metrics.setCrlNextUpdates('certificates', nextUpdates(places));
        for (const tell of listeners) tell();
      },
      onFailure: (url, detail) => tellUnreadable(telemetry, url, detail),
    });
    onStop(async () => {
      points.close();
      telemetry.metrics.setCrlNextUpdates('certificates', new Map());
    });
    return {
      source: points,
      lists: () => lists,
      listen: (onLists) => {
        listeners.add(onLists);
        return async () => void listeners.delete(onLists);
      },
    };
  });
}

/** When the first list of each place as it is shown goes stale, in seconds since the epoch. */
export function nextUpdates(
  places: ReadonlyMap<string, readonly Crl[]>,
): ReadonlyMap<string, number> {
  const byPlace = Map.groupBy(places, ([place]) => shownPlace(place));
  return new Map(
    [...byPlace]
      .map(([place, entries]) => [place, entries.flatMap(([, lists]) => lists)] as const)
      .filter(([, lists]) => lists.length > 0)
      .map(([place, lists]) => [place, Math.min(...lists.map((crl) => crl.nextUpdate)) / 1_000]),
  );
}

export function tellUnreadable(telemetry: Telemetry, place: string, detail: string): void {
  telemetry.log('warn', 'a CRL could not be read; what was known stays', {
    place: shownPlace(place),
    detail,
  });
}

/** A file as it is; an address without its query, which may hold a key to the list. */
function shownPlace(place: string): string {
  return /^https?:/i.test(place) && URL.canParse(place) ? shownUrl(new URL(place)) : place;
}
