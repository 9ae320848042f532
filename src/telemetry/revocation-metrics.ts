/** What is measured of revocation: when lists go stale, and what became of questions to responders. */

import { Counter, Gauge } from 'prom-client';
import type { Registry } from 'prom-client';

import type { Reason } from '../errors.ts';
import { OCSP_RESULTS, ocspLabel } from './labels.ts';

/** Who names the place of a CRL: the configuration, or certificates of trusted CAs. */
export type CrlOrigin = 'configuration' | 'certificates';

export interface RevocationMetrics {
  /**
   * Replaces what was told of the same origin before.
   *
   * @param updates seconds since the epoch by file, folder or address.
   */
  setCrlNextUpdates(origin: CrlOrigin, updates: ReadonlyMap<string, number>): void;
  /** @param result `good`, `revoked`, or why the answer was of no use. */
  countOcspQuestion(result: 'good' | 'revoked' | Reason): void;
}

/** More than the distribution points that are ever held at once. */
const MAX_SOURCES = 256;
const MAX_SOURCE_LENGTH = 256;

export function registerRevocationMetrics(registers: Registry[]): RevocationMetrics {
  const crlUpdates = new Gauge({
    name: 'certbound_crl_next_update_timestamp_seconds',
    help: 'When the CRLs of a source go stale, in seconds since the epoch; the earliest of them.',
    labelNames: ['source'],
    aggregator: 'min',
    registers,
  });
  const ocspQuestions = new Counter({
    name: 'certbound_ocsp_questions_total',
    help: 'Questions to OCSP responders, by what came of them.',
    labelNames: ['result'],
    registers,
  });
  for (const result of OCSP_RESULTS) ocspQuestions.inc({ result }, 0);
  const told = new Map<CrlOrigin, ReadonlyMap<string, number>>();

  return {
    setCrlNextUpdates: (origin, updates) => {
      told.set(origin, updates);
      // A place that is no longer asked must not look like one that went stale.
      crlUpdates.reset();
      const all = bySource([...told.values()].flatMap((one) => [...one]));
      for (const [source, seconds] of all) crlUpdates.set({ source }, seconds);
    },
    countOcspQuestion: (result) => ocspQuestions.inc({ result: ocspLabel(result) }),
  };
}

/** The earliest time of each place; places beyond the bound become `other`. */
function bySource(times: readonly (readonly [string, number])[]): ReadonlyMap<string, number> {
  const all = new Map<string, number>();
  for (const [place, time] of times) {
    const isOther =
      place.length > MAX_SOURCE_LENGTH || (!all.has(place) && all.size >= MAX_SOURCES);
    const source = isOther ? 'other' : place;
    all.set(source, Math.min(time, all.get(source) ?? time));
  }
  return all;
}
