/**
 * Clients behind a balancer that never stop asking: of ten requests six are for a token, three ask about
 * the last one that anybody got, wherever it was issued, and one goes through to the server behind. Of
 * ten one has a new handshake.
 */

import assert from 'node:assert/strict';

import { createBalancedClient, LostRequest } from './balanced-client.ts';
import type { BalancedRequest } from './balanced-client.ts';
import type { Replicas } from './replicas.ts';

export interface ReplicaLoadOptions {
  readonly clients: number;
  readonly token: BalancedRequest;
  readonly introspection: (token: string) => BalancedRequest;
  readonly passing: (token: string) => BalancedRequest;
}

export interface ReplicaLoad {
  readonly answered: () => number;
  /** What had no answer so far. */
  readonly lost: () => readonly LostRequest[];
  /** Resolves when so many more have been answered or lost. Rejects at a wrong answer. */
  more(count: number): Promise<void>;
  /** Ends it. Rejects as `more` does. */
  stop(): Promise<void>;
}

const ROUND = 10;
const TOKENS = 6;
const INTROSPECTIONS = 3;

export async function startReplicaLoad(
  replicas: Replicas,
  options: ReplicaLoadOptions,
): Promise<ReplicaLoad> {
  const lost: LostRequest[] = [];
  const waiting = new Set<() => void>();
  let token = '';
  let done = 0;
  let isStopped = false;

  const worker = async (first: number): Promise<void> => {
    const client = createBalancedClient(replicas);
    const issue = async (): Promise<void> => {
      const answer = await client.ask(options.token);
      assert.equal(answer.status, 200, answer.text);
      token = String(answer.json()['access_token']);
    };
    const introspect = async (): Promise<void> => {
      const answer = await client.ask(options.introspection(token));
      const expected = { 'x5t#S256': replicas.client.thumbprint };
      assert.deepEqual(answer.json()['cnf'], expected, `${answer.status} ${answer.text}`);
    };
    const pass = async (): Promise<void> => {
      const answer = await client.ask(options.passing(token));
      assert.equal(answer.status, 200, answer.text);
    };
    const turn = (place: number): Promise<void> => {
      if (place < TOKENS) return issue();
      return place < TOKENS + INTROSPECTIONS ? introspect() : pass();
    };
    for (let index = first; !isStopped; index += 1) {
      const place = index % ROUND;
      if (place === first % ROUND) client.leave();
      try {
        // Nobody has a token before the first one.
        await turn(token === '' ? 0 : place);
      } catch (error) {
        if (!(error instanceof LostRequest)) {
          isStopped = true;
          throw error;
        }
        lost.push(error);
      }
      done += 1;
      for (const waiter of waiting) waiter();
    }
    client.leave();
  };
  const running = Promise.all(Array.from({ length: options.clients }, (_, first) => worker(first)));
  const failed = running.then(() => assert.fail('the load has ended'));
  failed.catch(() => undefined);

  return {
    answered: () => done - lost.length,
    lost: () => lost,
    more: async (count) => {
      const goal = done + count;
      while (done < goal) {
        const { promise, resolve } = Promise.withResolvers<void>();
        waiting.add(resolve);
        await Promise.race([promise, failed]);
        waiting.delete(resolve);
      }
    },
    stop: async () => {
      isStopped = true;
      await running;
    },
  };
}
