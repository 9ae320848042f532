/**
 * Reads a configuration and its files in a thread: of a thousand clients, YAML, schema and checks
 * take a tenth of a second, in which nobody would be served.
 */

import { once } from 'node:events';
import { setImmediate } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';

import { ConfigError, StartError } from '../../errors.ts';
import type { ConfigProblem } from '../../errors.ts';
import { deepFreeze } from '../frozen.ts';
import type { ClientMaterial } from '../material.ts';
import type { KeyPath } from '../positions.ts';
import type { ConfigState } from '../restart-keys.ts';
import type { ClientConfig } from '../schema.ts';
import type { ClientsAnswer, ReadAnswer, ReadQuestion, ReadSource } from './messages.ts';

export interface ReadConfig extends ConfigState {
  /** Makes a problem of a key that a reload can't change, placed where it stands in the file. */
  readonly problemAt: (keyPath: KeyPath, text: string) => ConfigProblem;
}

export interface ConfigReader {
  /**
   * Reads and checks. `onNamed` is told which files the configuration names, also where one of them
   * is why it is refused.
   *
   * @throws ConfigError; StartError where the thread failed, or the reader was closed.
   */
  read(source: ReadSource, onNamed: (files: readonly string[]) => void): Promise<ReadConfig>;
  /** Gives up what is being read. */
  close(): Promise<void>;
}

/** To start it, and load what reads, takes longer than to read a small configuration. */
const IDLE_MS = 30_000;

interface Thread {
  readonly worker: Worker;
  /** Rejects with a StartError when the thread ends, of whatever. */
  readonly ended: Promise<never>;
}

/** One reads at a time. The thread ends when it had nothing to do for a while. */
export function createConfigReader({ idleMs = IDLE_MS } = {}): ConfigReader {
  let thread: Thread | undefined;
  let idleTimer: NodeJS.Timeout | undefined;
  let turn: Promise<unknown> = Promise.resolve();
  let isClosed = false;

  const stop = async (): Promise<void> => {
    clearTimeout(idleTimer);
    const last = thread;
    thread = undefined;
    await last?.worker.terminate();
  };

  const read: ConfigReader['read'] = async (source, onNamed) => {
    if (isClosed) throw new StartError('the reader of the configuration is closed');
    clearTimeout(idleTimer);
    thread ??= startThread();
    thread.worker.ref();
    try {
      return await readFrom(thread, source, onNamed);
    } catch (error) {
      // One that is stuck, or has ended, reads nothing more.
      if (!(error instanceof ConfigError)) await stop();
      throw error;
    } finally {
      thread?.worker.unref();
      if (thread !== undefined) idleTimer = setTimeout(() => void stop(), idleMs).unref();
    }
  };

  return {
    read: (...asked) => {
      const reading = turn.then(() => read(...asked));
      turn = reading.catch(() => {});
      return reading;
    },
    close: async () => {
      isClosed = true;
      await stop();
    },
  };
}

function startThread(): Thread {
  const worker = new Worker(new URL('./reading-thread.ts', import.meta.url), {
    name: 'config-reader',
  });
  return { worker, ended: endOf(worker) };
}

async function readFrom(
  { worker, ended }: Thread,
  source: ReadSource,
  onNamed: (files: readonly string[]) => void,
): Promise<ReadConfig> {
  const ask = async <Answer>(question: ReadQuestion): Promise<Answer> => {
    worker.postMessage(question);
    const [answer] = (await Promise.race([once(worker, 'message'), ended])) as [Answer];
    return answer;
  };
  const answer = await ask<ReadAnswer>({ kind: 'read', source });
  onNamed(answer.named);
  if (answer.kind === 'refused') throw new ConfigError(answer.problems);
  const { places, clientCount } = answer;
  const clients: ClientConfig[] = [];
  const materials: ClientMaterial[] = [];
  while (clients.length < clientCount) {
    // Requests go first.
    await setImmediate();
    const more = await ask<ClientsAnswer>({ kind: 'clients', from: clients.length });
    more.configs.forEach((config, index) => {
      const material = more.materials[index];
      if (material === undefined) throw new StartError('a client was lost between threads');
      clients.push(deepFreeze(config));
      materials.push({ config, ...material });
    });
  }
  return {
    config: Object.freeze({ ...deepFreeze(answer.config), clients }),
    material: { ...answer.material, clients: materials },
    problemAt: (keyPath, text) => {
      const found = places.get(JSON.stringify(keyPath));
      return { place: found?.place ?? '', key: found?.key ?? '', text };
    },
  };
}

function endOf(thread: Worker): Promise<never> {
  const { promise, reject } = Promise.withResolvers<never>();
  thread.once('error', (error) => {
    const detail = error instanceof Error ? error.message : 'unknown';
    reject(new StartError(`the configuration could not be read: ${detail}`, error));
  });
  thread.once('exit', () => {
    reject(new StartError('the thread that reads the configuration has ended'));
  });
  // Nobody waits for it any more when all has been read.
  promise.catch(() => {});
  return promise;
}
