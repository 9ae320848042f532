/**
 * Clients that never stop asking, over HTTP/1.1 and HTTP/2: of ten requests six are for a token, three
 * ask about the last one that anybody got, and one goes through to the server behind. Of ten one has a
 * new handshake. Lost is what got no answer on a connection that the gateway had not told to end before;
 * a wrong answer ends the load.
 */

import assert from 'node:assert/strict';
import { createHistogram } from 'node:perf_hooks';
import { setTimeout as pause } from 'node:timers/promises';

import { createHttp2LoadClient } from './http2-load-client.ts';
import { createLoadClient } from './load-client.ts';
import type { LoadTarget } from './load-client.ts';
import type { LoadFigures } from './load-figures.ts';
import { LostRequest } from './load-request.ts';
import type { LoadAnswer, LoadClient } from './load-request.ts';
import { createMix, ROUND, WITHOUT_INTROSPECTION } from './mixed-requests.ts';
import type { MixedRequests } from './mixed-requests.ts';

/** What has to be answered now: the service is there, it is not and says 503, or either. */
export type Availability = 'there' | 'gone' | 'changing';

export interface MixedLoadOptions {
  /** So many of each protocol. */
  readonly clients: number;
  /** What they ask for; `WITHOUT_INTROSPECTION` where absent. */
  readonly requests?: MixedRequests;
  /** Whether the gateway may refuse new connections; a client then goes elsewhere. */
  readonly isStopping?: () => boolean;
  /** Always `there` where absent. */
  readonly availability?: () => Availability;
  /** Requests a second of all clients together; as many as are answered where absent. */
  readonly rate?: number;
}

export interface MixedLoad {
  readonly answered: () => number;
  /** What had no answer so far. */
  readonly lost: () => readonly LostRequest[];
  readonly figures: () => LoadFigures;
  /** The last token that anybody got; empty before the first. */
  readonly token: () => string;
  /** Resolves when so many more have been answered or lost. Rejects at a wrong answer. */
  more(count: number): Promise<void>;
  /** Ends it; resolves to what was lost, as text. Rejects as `more` does. */
  stop(): Promise<readonly string[]>;
}

export function startMixedLoad(target: LoadTarget, options: MixedLoadOptions): MixedLoad {
  const { requests = WITHOUT_INTROSPECTION, isStopping = () => false } = options;
  const { availability = () => 'there' } = options;
  const mix = createMix(requests, target.client.thumbprint);
  const lost: LostRequest[] = [];
  const times = createHistogram();
  const startedAt = performance.now();
  const waiting = new Set<() => void>();
  let [answered, unavailable] = [0, 0];
  let isStopped = false;
  let wrong: Error | undefined;

  const clients = Array.from({ length: options.clients }, () => [
    createLoadClient(target),
    createHttp2LoadClient(target),
  ]).flat();
  const intervalMs = options.rate === undefined ? 0 : (1_000 * clients.length) / options.rate;

  const ask = async (client: LoadClient, place: number): Promise<void> => {
    const { request, judge } = mix.turn(place);
    const before = availability();
    const askedAt = performance.now();
    const answer: LoadAnswer = await client.ask(request);
    times.record(Math.max(1, Math.round(performance.now() - askedAt)));
    const expected = before === availability() ? before : 'changing';
    answered += 1;
    if (answer.status === 503 && expected !== 'there') {
      unavailable += 1;
      return;
    }
    assert.notEqual(expected, 'gone', `${request.path} answered ${answer.status}`);
    judge(answer);
  };

  const run = async (client: LoadClient, first: number): Promise<void> => {
    let dueAt = performance.now();
    for (let index = first; !isStopped; index += 1) {
      if (index % ROUND === first % ROUND) client.leave();
      try {
        await ask(client, index % ROUND);
      } catch (error) {
        if (!(error instanceof LostRequest)) throw error;
        if (isStopping() && error.replica === undefined) break;
        lost.push(error);
      }
      for (const waiter of waiting) waiter();
      dueAt += intervalMs;
      if (intervalMs > 0) await pause(Math.max(0, dueAt - performance.now()));
    }
    client.leave();
  };
  const running = Promise.all(clients.map(run)).catch((error: unknown) => {
    isStopped = true;
    wrong = error instanceof Error ? error : new Error('failed');
    for (const waiter of waiting) waiter();
  });

  const untilDone = async (goal: number): Promise<void> => {
    while (answered + lost.length < goal && !isStopped) {
      const { promise, resolve } = Promise.withResolvers<void>();
      waiting.add(resolve);
      await promise;
      waiting.delete(resolve);
    }
    if (wrong !== undefined) throw wrong;
  };

  return {
    answered: () => answered,
    lost: () => lost,
    token: mix.token,
    figures: () => ({
      answered,
      unavailable,
      lost: lost.length,
      handshakes: clients.reduce((sum, client) => sum + client.handshakes(), 0),
      seconds: (performance.now() - startedAt) / 1_000,
      p99Ms: times.percentile(99),
      slowestMs: times.count === 0 ? 0 : times.max,
    }),
    more: (count) => untilDone(answered + lost.length + count),
    stop: async () => {
      isStopped = true;
      await running;
      if (wrong !== undefined) throw wrong;
      return lost.map(({ message }) => message);
    },
  };
}
