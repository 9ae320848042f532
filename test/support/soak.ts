/** A gateway under load for a long time, looked at again and again. */

import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';

import { summaryLine } from './load-figures.ts';
import { LOAD_SETTINGS } from './load-settings.ts';
import { startMeasuredGateway } from './measured-gateway.ts';
import type { Held } from './measured-gateway.ts';
import { startMixedLoad } from './mixed-load.ts';
import type { MixedLoad, MixedLoadOptions } from './mixed-load.ts';
import { slopeOf } from './slope.ts';

export interface SoakOptions extends Pick<MixedLoadOptions, 'rate'> {
  /** A key of `LOAD_SETTINGS`. */
  readonly setting: string;
  /** How often it is looked at; the first quarter is not counted. */
  readonly samples: number;
  /** Resolves when it is time to look again. */
  readonly untilNext: (load: MixedLoad) => Promise<void>;
}

export interface SoakOutcome {
  /** By how much memory grew in the time that counts, by the line through its samples. */
  readonly heapGrowthMegabytes: number;
  readonly residentGrowthMegabytes: number;
}

const CLIENTS = 4;
/** Connections of clients and to the server behind come and go. */
const FILES_MORE = 4 * CLIENTS;
const HOUR_MS = 3_600_000;

interface Sample extends Held {
  readonly at: number;
}

/** Demands that no request is lost and that no more files are open at the end than at the start. */
export async function soak(t: TestContext, options: SoakOptions): Promise<SoakOutcome> {
  const { setting, samples: wanted, untilNext, rate } = options;
  const start = LOAD_SETTINGS[setting] ?? assert.fail(`no setting ${setting}`);
  const { yaml, requests } = await start((clean) => t.after(clean));
  const gateway = await startMeasuredGateway((clean) => t.after(clean), { yaml });
  const load = startMixedLoad(gateway, {
    clients: CLIENTS,
    requests,
    ...(rate !== undefined && { rate }),
  });
  const samples: Sample[] = [];
  for (let index = 0; index < wanted; index += 1) {
    await untilNext(load);
    assert.deepEqual(load.lost(), []);
    samples.push({ ...(await gateway.measure()), at: performance.now() });
  }
  assert.deepEqual(await load.stop(), []);

  const counted = samples.slice(Math.floor(wanted / 4));
  const [first, last] = [counted.at(0), counted.at(-1)];
  assert.ok(first !== undefined && last !== undefined);
  const spanMs = last.at - first.at;
  const growth = (of: (sample: Sample) => number): number =>
    slopeOf(counted.map((sample) => [sample.at, of(sample)])) * spanMs;
  const outcome = {
    heapGrowthMegabytes: growth(({ heapMegabytes }) => heapMegabytes),
    residentGrowthMegabytes: growth(({ residentMegabytes }) => residentMegabytes),
  };
  const perHour = (megabytes: number): string => ((megabytes * HOUR_MS) / spanMs).toFixed(2);
  const delays = counted.map(({ loopDelayMs }) => loopDelayMs).toSorted((a, b) => a - b);
  t.diagnostic(
    summaryLine(`soak (${setting})`, load.figures(), [
      `heap ${first.heapMegabytes.toFixed(1)} -> ${last.heapMegabytes.toFixed(1)} MB (${perHour(outcome.heapGrowthMegabytes)} MB/h)`,
      `resident ${first.residentMegabytes.toFixed(0)} -> ${last.residentMegabytes.toFixed(0)} MB (${perHour(outcome.residentGrowthMegabytes)} MB/h)`,
      `open files ${first.openFiles} -> ${last.openFiles}`,
      `event loop late by ${delays[Math.floor(delays.length / 2)]} ms, ${delays.at(-1)} ms at most (p99 of a sample)`,
    ]),
  );
  const files = samples.map(({ openFiles }) => openFiles);
  assert.ok(Math.max(...files) <= (files[0] ?? 0) + FILES_MORE, `open files: ${files.join(', ')}`);
  return outcome;
}
