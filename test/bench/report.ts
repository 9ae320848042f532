/** The results as people and programs read them. */

import { availableParallelism, cpus } from 'node:os';
import process from 'node:process';

import type { Cost, Row } from './bench.ts';

/** Ratios first. */
export function tableOf(rows: readonly Row[]): string {
  return rows.map((row) => `${tableOfRow(row)}\n`).join('');
}

function tableOfRow({ work, peer, unit, costs }: Row): string {
  const [ours] = costs;
  const lines = costs.map((cost) => {
    const ratio = ours === undefined ? Number.NaN : ours.value / cost.value;
    return [
      cost.name === ours?.name ? '' : `${ratio.toFixed(2)} x`,
      cost.name === peer ? `**${cost.name}**` : cost.name,
      cost.value.toFixed(cost.value < 10 ? 2 : 1),
      `${cost.spread[0].toFixed(1)}-${cost.spread[1].toFixed(1)}`,
      ...[cost.operationsPerSecond, cost.p50, cost.p99].map((value) => numberText(value)),
      cost.memory === undefined ? '' : `${(cost.memory / 1_048_576).toFixed(0)} MB`,
      cost.generatorBusy === undefined ? '' : `${(cost.generatorBusy * 100).toFixed(0)} %`,
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
  ];
  const table = [head, head.map(() => '---'), ...lines];
  return `${table.map((cells) => `| ${cells.join(' | ')} |`).join('\n')}\n`;
}

function numberText(value: number | undefined): string {
  if (value === undefined) return '';
  return value >= 100 ? value.toFixed(0) : value.toFixed(2);
}

export interface Summary {
  readonly rows: readonly {
    readonly work: string;
    readonly peer: string;
    readonly ratio: number;
    readonly ours: number;
    readonly theirs: number;
    readonly unit: string;
    readonly costs: readonly Cost[];
  }[];
}

/** One row for each work and the peer by which it is judged; everything measured stands below. */
export function summaryOf(rows: readonly Row[]): Summary & { readonly machine: object } {
  return {
    machine: { cores: availableParallelism(), cpu: cpus()[0]?.model ?? '', node: process.version },
    rows: rows.map(({ work, peer, unit, costs }) => {
      const ours = costs[0]?.value ?? Number.NaN;
      const theirs = costs.find(({ name }) => name === peer)?.value ?? Number.NaN;
      return { work, peer, ratio: ours / theirs, ours, theirs, unit, costs };
    }),
  };
}
