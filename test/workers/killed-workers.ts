/** Workers that are killed one after the other while clients never stop asking. */

import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import type { TestContext } from 'node:test';

import { servingWorkers } from './workers-gateway.ts';
import type { WorkersGateway } from './workers-gateway.ts';

const CLIENTS = 8;

export interface KillsOutcome {
  readonly answered: number;
  readonly lost: number;
  /** Milliseconds from each end of a worker to the moment that another serves in its place. */
  readonly replacedAfterMs: readonly number[];
}

/**
 * Kills a worker, waits until it is replaced and for `pauseMs`, and does so again. Demands that what
 * was lost is what the killed worker had in its hands, lost by a reset, and that no answer was cut.
 */
export async function killUnderLoad(
  t: TestContext,
  { kills, pauseMs, requests }: { kills: number; pauseMs: number; requests: number },
): Promise<KillsOutcome> {
  const gateway = await servingWorkers(t);
  let answered = 0;
  let isOver = false;
  const lost: string[] = [];
  const client = async (): Promise<void> => {
    while (!isOver || answered < requests) {
      try {
        const answer = await gateway.token();
        assert.equal(answer.status, 200, answer.text);
        // Half an answer would be no JSON.
        assert.equal(typeof answer.json()['access_token'], 'string');
        answered += 1;
      } catch (error) {
        lost.push(reasonOf(error));
      }
    }
  };
  const clients = Array.from({ length: CLIENTS }, client);
  const replacedAfterMs: number[] = [];
  for (let kill = 0; kill < kills; kill += 1) {
    await delay(pauseMs);
    replacedAfterMs.push(await killOne(gateway));
  }
  isOver = true;
  await Promise.all(clients);

  const strange = lost.filter((reason) => !/ECONNRESET|socket hang up|EPIPE/.test(reason));
  assert.deepEqual(strange, []);
  // Each client has one request at a time, and a killed worker had some of them.
  assert.ok(lost.length <= kills * CLIENTS, `${lost.length} lost in ${kills} kills`);
  assert.equal((await gateway.manage('GET', '/readyz')).status, 200);
  // Also reads every line of the log: none may have run into another.
  const ends = gateway.log().filter(({ msg }) => msg === 'a worker ended');
  assert.equal(ends.length, kills);
  return { answered, lost: lost.length, replacedAfterMs };
}

async function killOne(gateway: WorkersGateway): Promise<number> {
  const [victim = 0] = await gateway.workerPids();
  const from = gateway.log().length;
  process.kill(victim, 'SIGKILL');
  const end = await gateway.logged(({ msg }) => msg === 'a worker ended', from);
  const start = await gateway.logged(({ msg }) => msg === 'a worker was replaced', from);
  return Date.parse(String(start['time'])) - Date.parse(String(end['time']));
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown';
  return `${'code' in error ? String(error.code) : ''} ${error.message}`;
}
