/** The test that one of our readers takes nothing that Node's own refuses or reads differently. */

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { Worker } from 'node:worker_threads';

import type { ComparisonName } from './comparisons.ts';
import { seek } from './seek.ts';
import type { SeekReport, SeekTask } from './seek.ts';

const THREADS = 2;

/** The cases that such a reading would be. */
const ATTACKS = {
  requests: 'T52',
  'requests to the reader': 'T52',
  answers: 'T54',
} as const satisfies Record<ComparisonName, string>;

/** Fails with the smallest stream that our reader and the reference read differently. */
export function testAgreement(name: ComparisonName, cases: number, seed: number): void {
  const title = `${ATTACKS[name]}: of ${cases} streams of ${name} none is read more laxly than by Node's parser`;
  test(title, async (t) => {
    const started = performance.now();
    const reports = await Promise.all(
      Array.from({ length: THREADS }, (_, thread) =>
        inThread({ name, seed: seed + thread, cases: Math.ceil(cases / THREADS) }),
      ),
    );
    const seconds = (performance.now() - started) / 1_000;
    const total = (count: (report: SeekReport) => number): number =>
      reports.reduce((sum, report) => sum + count(report), 0);
    const compared = total((report) => report.cases);
    const ours = total((report) => report.ours);
    t.diagnostic(
      `${name}, seeds from ${seed}: ${compared} streams in ${seconds.toFixed(1)} s, of ` +
        `${total((report) => report.reference)} messages ${ours} read`,
    );
    assert.deepEqual(
      reports.flatMap(({ found }) => found),
      [],
    );
    assert.ok(ours > compared / 3, 'hardly any is read: the streams are no test');
  });
}

async function inThread(task: SeekTask): Promise<SeekReport> {
  // One that is small would wait for its threads.
  if (task.cases < 10_000) return seek(task);
  const worker = new Worker(new URL('seek-worker.ts', import.meta.url), { workerData: task });
  const [report] = (await once(worker, 'message')) as [SeekReport];
  await worker.terminate();
  return report;
}
