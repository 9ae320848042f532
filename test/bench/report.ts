/** The results as people and programs read them. */

import { availableParallelism, cpus } from 'node:os';
import process from 'node:process';

import type { Row } from './bench.ts';

/** Ratios first. */
export function tableOf(rows: readonly Row[]): string {
  return rows.map((row) => `${tableOfRow(row)}\n`).join('');
}

function tableOfRow({ work, peer, unit, costs }: Row): string {
  const [ours] = costs;
  const lines = costs.map((cost) => {
    const ratio = ours === undefined ? Number.NaN : ours.value / cost.value;
    return [
      cost.name === ours?.name ? '' : `${ratioText(ratio)} x`,
      cost.name === peer ? `**${cost.name}**` : cost.name,
      cost.value.toFixed(cost.value < 10 ? 2 : 1),
      `${cost.spread[0].toFixed(1)}-${cost.spread[1].toFixed(1)}`,
      ...[cost.operationsPerSecond, cost.p50, cost.p99].map((value) => numberText(value)),
      cost.memory === undefined ? '' : `${(cost.memory / 1_048_576).toFixed(0)} MB`,
      cost.generatorBusy === undefined ? '' : `${(cost.generatorBusy * 100).toFixed(0)} %`,
      numberText(cost.generatorMicros),
    ];
  });
  const head = [
    'ours to it',
    work,
    unit,
    'spread',
    '/s',
    'p50 ms',
    'p99 ms',
    'memory',
    'load busy',
    'load us',
  ];
  return markdownTable([head, ...lines]);
}

/** The first of the rows is the head. */
export function markdownTable([head = [], ...lines]: readonly (readonly string[])[]): string {
  const table = [head, head.map(() => '---'), ...lines];
  return `${table.map((cells) => `| ${cells.join(' | ')} |`).join('\n')}\n`;
}

/** At least one digit that says something, however small it is. */
export function ratioText(ratio: number): string {
  return ratio < 0.1 ? ratio.toPrecision(1) : ratio.toFixed(2);
}

function numberText(value: number | undefined): string {
  if (value === undefined) return '';
  return value >= 100 ? value.toFixed(0) : value.toFixed(2);
}

/** What a whole run leaves in results.json. */
export interface Summary {
  /** The day, as ISO 8601 writes it. */
  readonly date: string;
  /** How long the run took. */
  readonly minutes: number;
  /** Fewer operations and rounds than a full run. */
  readonly isQuick: boolean;
  readonly machine: { readonly cores: number; readonly cpu: string; readonly node: string };
  readonly rows: readonly Row[];
}

export function summaryOf(
  rows: readonly Row[],
  { isQuick, milliseconds }: { readonly isQuick: boolean; readonly milliseconds: number },
): Summary {
  return {
    date: new Date().toISOString().slice(0, 10),
    minutes: Math.round(milliseconds / 6_000) / 10,
    isQuick,
    machine: { cores: availableParallelism(), cpu: cpus()[0]?.model ?? '', node: process.version },
    rows,
  };
}
