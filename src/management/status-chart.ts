/** Stacked bars over time as an SVG without scripts, and bars of shares. */

import { markup, NOTHING } from '../http/markup.ts';
import type { Markup } from '../http/markup.ts';
import { count, instant, plural } from './status-words.ts';

export interface Series {
  readonly name: string;
  /** The CSS class of its colour. */
  readonly tone: 'good' | 'warn' | 'bad';
  readonly values: readonly number[];
}

export interface ChartOptions {
  readonly title: string;
  /** When each bar began, milliseconds since the epoch. */
  readonly times: readonly number[];
  readonly series: readonly Series[];
  readonly stepMs: number;
}

/** The units of the picture, which is stretched to the width there is. */
const HEIGHT = 100;
const BAR = 10;
const GAP = 2;

/** A figure with its legend; says so where there is nothing to show. */
export function barChart({ title, times, series, stepMs }: ChartOptions): Markup {
  const totals = times.map((_, at) => sum(series.map(({ values }) => values[at] ?? 0)));
  const highest = Math.max(...totals, 0);
  const top = niceTop(highest);
  const width = times.length * BAR;
  const bars = times.map((time, at) => bar({ time, at, series, top, total: totals[at] ?? 0 }));
  const quiet = highest === 0 ? markup`<p class="quiet">nothing in the last hour</p>` : NOTHING;
  const lines = highest === 0 ? [HEIGHT - 0.5] : [0.5, HEIGHT / 2, HEIGHT - 0.5];
  const perBar = `${Math.round(stepMs / 1_000)} s`;
  return markup`<figure>
    <figcaption>
      <h2>${title}</h2>
      <ul class="legend">
        ${series.map(legend)}
      </ul>
    </figcaption>
    <div class="plot">
      <span class="top">${highest === 0 ? '' : `${count(top)} in ${perBar}`}</span>
      <svg
        viewBox="0 0 ${width} ${HEIGHT}"
        preserveAspectRatio="none"
        role="img"
        aria-label="${title}, in steps of ${perBar}"
      >
        <path class="grid" d="${lines.map((y) => `M0 ${y}H${width}`).join('')}" />
        ${bars}</svg
      >${quiet}
    </div>
    <div class="axis"><span>1 h ago</span><span>30 min</span><span>now</span></div>
  </figure>`;
}

function bar(options: {
  readonly time: number;
  readonly at: number;
  readonly series: readonly Series[];
  readonly top: number;
  readonly total: number;
}): Markup {
  const { time, at, series, top, total } = options;
  if (total === 0) return NOTHING;
  let below = HEIGHT;
  const parts = series.map(({ tone, values }) => {
    const value = values[at] ?? 0;
    if (value === 0) return NOTHING;
    const height = (HEIGHT * value) / top;
    below -= height;
    return markup`<rect
      class="${tone}"
      x="${at * BAR + GAP / 2}"
      y="${below.toFixed(2)}"
      width="${BAR - GAP}"
      height="${height.toFixed(2)}"
    />`;
  });
  const told = series.map(({ name, values }) => `${values[at] ?? 0} ${name}`).join(', ');
  return markup`<g><title>${instant(time)}: ${told}</title>${parts}</g> `;
}

function legend({ name, tone, values }: Series): Markup {
  return markup`<li><i class="${tone}"></i>${name} <b>${count(sum(values))}</b></li>`;
}

/** Rows with a bar for their share of the largest. */
export function shareBars(
  rows: readonly (readonly [name: string, value: number])[],
  tone: Series['tone'] = 'warn',
): Markup {
  const largest = Math.max(...rows.map(([, value]) => value), 1);
  return markup`<ul class="shares">
    ${rows.map(
      ([name, value]) =>
        markup`<li>
          <code>${name}</code><b>${count(value)}</b>
          <svg
            viewBox="0 0 100 1"
            preserveAspectRatio="none"
            role="img"
            aria-label="${plural(value, 'time')}"
          >
            <rect class="rail" width="100" height="1" />
            <rect class="${tone}" width="${((100 * value) / largest).toFixed(1)}" height="1" />
          </svg>
        </li> `,
    )}
  </ul>`;
}

/** The least of 4, 6, 8, 10, 20, 40, 60, 80, 100, ... that is no smaller, so that half of it is whole. */
function niceTop(highest: number): number {
  if (highest <= 4) return 4;
  const power = 10 ** Math.floor(Math.log10(highest));
  const digit = [1, 2, 4, 6, 8, 10].find((each) => each * power >= highest) ?? 10;
  return Math.max(digit * power, 4);
}

function sum(values: readonly number[]): number {
  return values.reduce((all, value) => all + value, 0);
}
