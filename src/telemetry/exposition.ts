/** The text of a scrape in the format that the scraper asks for. */

import { Registry } from 'prom-client';

export interface Exposition {
  readonly contentType: string;
  readonly body: string;
}

interface MediaRange {
  readonly type: string;
  readonly version: string | undefined;
  readonly quality: number;
}

/** Versions of OpenMetrics that version 1.0.0 satisfies; '' is a range that names none. */
const OPEN_METRICS_VERSIONS: ReadonlySet<string> = new Set(['', '0.0.1', '1.0.0']);

/** Returns all metrics of the registry as OpenMetrics 1.0.0 or as Prometheus text 0.0.4. */
export async function exposition(
  registry: Registry,
  accept: string | undefined,
): Promise<Exposition> {
  const text = await registry.metrics();
  if (!prefersOpenMetrics(accept ?? '')) {
    return { contentType: Registry.PROMETHEUS_CONTENT_TYPE, body: text };
  }
  return { contentType: Registry.OPENMETRICS_CONTENT_TYPE, body: toOpenMetrics(text) };
}

/** True when `Accept` names OpenMetrics and likes plain text no better (RFC 9110 section 12.5.1). */
export function prefersOpenMetrics(accept: string): boolean {
  const ranges = accept.split(',').map(mediaRange);
  const best = (wanted: (range: MediaRange) => boolean): number =>
    ranges.filter(wanted).reduce((most, { quality }) => Math.max(most, quality), 0);
  const open = best(
    ({ type, version }) =>
      type === 'application/openmetrics-text' && OPEN_METRICS_VERSIONS.has(version ?? ''),
  );
  return open > 0 && open >= best(({ type }) => type === 'text/plain');
}

function mediaRange(text: string): MediaRange {
  const [type = '', ...parameters] = text.split(';').map((part) => part.trim().toLowerCase());
  const value = (name: string): string | undefined =>
    parameters.find((parameter) => parameter.startsWith(`${name}=`))?.slice(name.length + 1);
  const quality = Number(value('q') ?? 1);
  return { type, version: value('version'), quality: quality >= 0 && quality <= 1 ? quality : 0 };
}

/**
 * Differences of the two formats for what we emit: a counter's family is named without `_total`,
 * there are no blank lines, and the text has an end mark. The library can switch a registry to
 * OpenMetrics too, but it then renames the counters for good and breaks the other format.
 */
function toOpenMetrics(text: string): string {
  const families = text
    .replaceAll(/^# HELP (\S+)_total /gm, '# HELP $1 ')
    .replaceAll(/^# TYPE (\S+)_total counter$/gm, '# TYPE $1 counter')
    .replaceAll('\n\n', '\n');
  return `${families}# EOF\n`;
}
