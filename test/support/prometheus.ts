/** A real Prometheus that scrapes what a test serves. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { TestContext } from 'node:test';

import { freePort } from './free-port.ts';
import { untilSays } from './program-output.ts';

export interface Prometheus {
  /** Asks until the query has a result, and resolves to its value; rejects after 30 seconds. */
  valueOf(query: string, wanted: (value: number) => boolean): Promise<number>;
  /** The answer of its HTTP API at a path below /api/v1/. */
  api(path: string): Promise<unknown>;
}

const WAIT_MS = 30_000;
/** It tells nobody of a scrape. */
const BETWEEN_QUESTIONS_MS = 100;

/** Starts it with these files, `prometheus.yml` among them. */
export async function startPrometheus(
  t: TestContext,
  files: Readonly<Record<string, string>>,
): Promise<Prometheus> {
  const folder = await mkdtemp(join(tmpdir(), 'certbound-prometheus-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  await Promise.all(
    Object.entries(files).map(([name, text]) => writeFile(join(folder, name), text)),
  );
  const port = await freePort();
  const child = spawn('prometheus', [
    `--config.file=${join(folder, 'prometheus.yml')}`,
    `--storage.tsdb.path=${join(folder, 'data')}`,
    `--web.listen-address=127.0.0.1:${port}`,
  ]);
  const gone = once(child, 'exit');
  t.after(async () => {
    child.kill('SIGKILL');
    await gone;
  });
  await untilSays(child, 'stderr', 'Server is ready to receive web requests');
  const api = async (path: string): Promise<unknown> => {
    const answer = await fetch(`http://127.0.0.1:${port}/api/v1/${path}`);
    const { data } = (await answer.json()) as { readonly data: unknown };
    return data;
  };
  return {
    api,
    valueOf: async (query, wanted) => {
      const signal = AbortSignal.timeout(WAIT_MS);
      for (;;) {
        signal.throwIfAborted();
        const data = await api(`query?${new URLSearchParams({ query }).toString()}`);
        const { result } = data as { readonly result: readonly { value: [number, string] }[] };
        const value = Number(result[0]?.value[1]);
        if (wanted(value)) return value;
        await delay(BETWEEN_QUESTIONS_MS);
      }
    },
  };
}
