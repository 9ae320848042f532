/** The workers: forked, replaced when they end, and stopped. */

import cluster from 'node:cluster';
import type { Worker } from 'node:cluster';
import { getCompileCacheDir } from 'node:module';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

import { ConfigError, StartError } from '../errors.ts';
import { watchListeningSockets } from './listening-sockets.ts';
import { createMember } from './member.ts';
import type { Member } from './member.ts';
import type { StartAnswer, StartOrder } from './messages.ts';

export interface FleetDeps {
  /** What a worker is to serve that is forked now. */
  readonly order: (number: number) => StartOrder;
  /** A worker serves; `order` is the one it was given. */
  readonly onServing: (member: Member, order: StartOrder, isFirst: boolean) => void;
  /** A worker has ended that was not told to. */
  readonly onEnd: (member: Member, detail: string) => void;
}

export interface Fleet {
  /** Those that serve, in no order. */
  readonly serving: readonly Member[];
  /**
   * Forks `count` workers; resolves when all of them serve, to the answer of one.
   *
   * @throws ConfigError or StartError when one can't; none is left then.
   */
  start(count: number): Promise<StartAnswer & { readonly outcome: 'started' }>;
  /** Rejects with a StartError when no worker serves any more, and none can be started. */
  readonly failed: Promise<never>;
  /** Lets all of them stop, and ends those that have not after so long. Idempotent. */
  stop(timeoutMs: number): Promise<void>;
}

/** In a row, and while no other worker serves. */
const MAX_FAILED_STARTS = 5;
const FIRST_PAUSE_MS = 100;
const MAX_PAUSE_MS = 5_000;
/** What workers get at a stop to take the connections that were accepted for them. */
const HAND_OUT_MS = 2_000;
const HAND_OUT_CHECK_MS = 5;

export function createFleet({ order, onServing, onEnd }: FleetDeps): Fleet {
  cluster.schedulingPolicy = cluster.SCHED_RR;
  cluster.setupPrimary({
    exec: fileURLToPath(new URL('worker.ts', import.meta.url)),
    args: [],
    // What is said of each connection goes this way, too: see wire.ts.
    serialization: 'json',
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const sockets = watchListeningSockets();
  const members = new Set<Member>();
  const serving = new Set<Member>();
  const failed = Promise.withResolvers<never>();
  // Whoever starts them need not wait for it.
  failed.promise.catch(() => {});
  const stopping = new AbortController();

  const fork = (): Worker => {
    // The version of Node has a folder of its own in it.
    const cache = getCompileCacheDir();
    return cluster.fork(cache === undefined ? {} : { NODE_COMPILE_CACHE: dirname(cache) });
  };

  /** Forked and loaded, so that it has only to read its configuration when it is needed. */
  let spare: Worker | undefined;

  const keepSpare = (): void => {
    if (stopping.signal.aborted || spare?.isConnected() === true) return;
    const forked = fork();
    spare = forked;
    forked.on('error', () => {});
    forked.once('exit', () => {
      if (spare === forked) spare = undefined;
    });
  };

  const takeWorker = (): Worker => {
    const taken = spare?.isConnected() === true ? spare : fork();
    spare = undefined;
    return taken;
  };

  const make = (number: number): Member => {
    const member = createMember(takeWorker(), number, (words) => {
      for (const other of serving) if (other !== member) other.tell(words);
    });
    members.add(member);
    void member.ended.then(() => members.delete(member));
    return member;
  };

  const begin = async (member: Member, isFirst: boolean): Promise<StartAnswer> => {
    const given = order(member.number);
    const answer = await member.ask('start', given);
    if (answer?.outcome === 'started') {
      serving.add(member);
      void member.ended.then(() => serving.delete(member));
      onServing(member, given, isFirst);
      if (!isFirst) keepSpare();
      return answer;
    }
    if (answer !== undefined) member.kill();
    const how = await member.ended;
    return answer ?? { outcome: 'failed', detail: how };
  };

  /** Goes on for as long as the program runs. */
  const keep = async (first: Member): Promise<void> => {
    let last = first;
    let failures = 0;
    while (!stopping.signal.aborted) {
      const how = await last.ended;
      if (stopping.signal.aborted) return;
      if (failures === 0) onEnd(last, how);
      last = make(first.number);
      const answer = await begin(last, false);
      if (answer.outcome === 'started') {
        failures = 0;
        continue;
      }
      if (stopping.signal.aborted) return;
      failures += 1;
      const error = startError(answer);
      onEnd(last, `at its start: ${error.publicText}`);
      if (failures >= MAX_FAILED_STARTS && serving.size === 0) failed.reject(error);
      const pause = Math.min(MAX_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (failures - 1));
      await delay(pause, undefined, { signal: stopping.signal, ref: false }).catch(() => {});
    }
  };

  /** A worker that has none on its way to it has been offered all that wait. */
  const handOut = async (): Promise<void> => {
    await sockets.close();
    const endsAt = performance.now() + HAND_OUT_MS;
    while (members.values().some(({ isBeingHanded }) => isBeingHanded)) {
      if (performance.now() > endsAt) return;
      await delay(HAND_OUT_CHECK_MS);
    }
  };

  const stop = async (timeoutMs: number): Promise<void> => {
    stopping.abort();
    sockets.forget();
    const left = (): readonly Promise<string>[] => [...members].map(({ ended }) => ended);
    // It holds nothing; its end is not waited for by anybody else.
    spare?.process.kill('SIGKILL');
    await handOut();
    for (const member of members) void member.ask('stop', undefined);
    const late = setTimeout(() => {
      for (const member of members) member.kill();
    }, timeoutMs);
    while (members.size > 0) await Promise.all(left());
    clearTimeout(late);
  };

  return {
    get serving() {
      return [...serving];
    },
    start: async (count) => {
      // All are loaded at once; the first one opens the store and makes what is missing there.
      const all = Array.from({ length: count }, (_, index) => make(index + 1));
      const [first, ...others] = all;
      if (first === undefined) throw new StartError('there are no workers');
      const answer = await begin(first, true);
      if (answer.outcome !== 'started') throw startError(answer);
      for (const other of await Promise.all(others.map((member) => begin(member, true)))) {
        if (other.outcome !== 'started') throw startError(other);
      }
      for (const member of all) void keep(member);
      keepSpare();
      return answer;
    },
    failed: failed.promise,
    stop,
  };
}

function startError(
  answer: Exclude<StartAnswer, { readonly outcome: 'started' }>,
): ConfigError | StartError {
  if (answer.outcome === 'refused') return new ConfigError(answer.problems);
  return new StartError(`a worker could not start: ${answer.detail}`);
}
