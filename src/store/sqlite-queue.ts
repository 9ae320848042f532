/**
 * The event loop's side of the writer thread: a bounded queue of operations that wait for their
 * transaction, and the thread's life.
 */

import { Worker } from 'node:worker_threads';

import { StoreError } from '../errors.ts';
import type {
  Change,
  Operation,
  Result,
  WriterData,
  WriterReply,
  WriterRequest,
} from './sqlite-protocol.ts';

/** Operations not yet answered by the thread; one more is refused. */
const MAX_PENDING = 10_000;
/** Characters of values not yet written, for when the disk stalls under large records. */
const MAX_PENDING_CHARACTERS = 33_554_432;
/** Operations sent in one message; the thread fills a transaction from several. */
const MESSAGE_OPERATIONS = 250;
/** Longest pause between a failure of the thread and its next start, doubled from the first. */
const RESTART_PAUSE_MS = { first: 100, longest: 5_000 } as const;

interface Pending {
  readonly characters: number;
  settle(outcome: Result | StoreError): void;
}

export interface WriteQueue {
  /** Resolves once the writer thread serves; rejects with StoreError when it can't be started. */
  start(): Promise<void>;
  /** Resolves when the change is durable or was refused by its own condition. */
  submit(change: Change, now: number): Promise<Result>;
  /** Whether a thread is there; false between a failure and the next write. */
  isRunning(): boolean;
  /** Finishes what was submitted and ends the thread. */
  close(): Promise<void>;
}

/**
 * Returns the queue; the thread starts with `start` or the first write, and again with the next
 * write after it failed. Every wait ends within `timeoutMs`, with StoreError at the latest then;
 * what such an operation did is unknown to its caller.
 */
export function createWriteQueue(
  data: Omit<WriterData, 'busyTimeoutMs'>,
  timeoutMs: number,
  events: (text: string) => void,
): WriteQueue {
  const pending = new Map<number, Pending>();
  let outbox: Operation[] = [];
  let characters = 0;
  let lastId = 0;
  let worker: Worker | undefined;
  let failures = 0;
  let restartNotBefore = 0;
  let closing: Promise<void> | undefined;
  const readyWaits: ((error: StoreError | undefined) => void)[] = [];

  function settle(id: number, outcome: Result | StoreError): void {
    const entry = pending.get(id);
    if (entry === undefined) return;
    pending.delete(id);
    characters -= entry.characters;
    if (pending.size === 0) worker?.unref();
    entry.settle(outcome);
  }

  function receive(reply: WriterReply): void {
    switch (reply.kind) {
      case 'ready':
        for (const resolve of readyWaits.splice(0)) resolve(undefined);
        return;
      case 'committed':
        failures = 0;
        for (const [id, result] of reply.results) settle(id, result);
        return;
      case 'failed':
        events(`a transaction of the store failed: ${reply.detail}`);
        for (const id of reply.ids) settle(id, unavailable(reply.detail));
        return;
      case 'notice':
        events(reply.text);
    }
  }

  function startThread(): Worker {
    const workerData: WriterData = { ...data, busyTimeoutMs: timeoutMs };
    const thread = new Worker(new URL('./sqlite-writer.ts', import.meta.url), {
      name: 'store-writer',
      workerData,
    });
    let lastError: unknown;
    thread.on('message', receive);
    thread.on('error', (error) => (lastError = error));
    thread.on('exit', () => ended(lastError));
    // Kept alive only by operations that wait: an idle store doesn't hold the process.
    thread.unref();
    return thread;
  }

  /** The first restart follows at once, later ones after a growing pause. */
  function ended(error: unknown): void {
    worker = undefined;
    outbox = [];
    if (closing === undefined) {
      const pause = failures === 0 ? 0 : RESTART_PAUSE_MS.first * 2 ** (failures - 1);
      restartNotBefore = performance.now() + Math.min(pause, RESTART_PAUSE_MS.longest);
      failures += 1;
      events(`the writer of the store ended: ${describe(error)}; the next write starts it again`);
    }
    const failure = unavailable(`the writer ended: ${describe(error)}`, error);
    for (const id of pending.keys()) settle(id, failure);
    for (const resolve of readyWaits.splice(0)) resolve(failure);
  }

  function flush(): void {
    while (outbox.length > 0) {
      const message: WriterRequest = outbox.splice(0, MESSAGE_OPERATIONS);
      worker?.postMessage(message);
    }
  }

  function admit(change: Change): number {
    if (closing !== undefined) throw unavailable('the store is closed');
    const size = change.kind === 'put' ? change.value.length : 0;
    if (pending.size >= MAX_PENDING || characters + size > MAX_PENDING_CHARACTERS) {
      throw unavailable(`${pending.size} operations wait for the store already`);
    }
    if (worker === undefined && performance.now() < restartNotBefore) {
      throw unavailable('the writer of the store failed and pauses before its next start');
    }
    return size;
  }

  return {
    async start() {
      worker ??= startThread();
      const failure = await new Promise<StoreError | undefined>((resolve) => {
        readyWaits.push(resolve);
        worker?.ref();
      });
      if (failure !== undefined) throw failure;
      if (pending.size === 0) worker?.unref();
    },

    async submit(change, now) {
      const size = admit(change);
      worker ??= startThread();
      lastId += 1;
      const id = lastId;
      const outcome = await new Promise<Result | StoreError>((resolve) => {
        const timer = setTimeout(() => {
          // The entry stays until the thread answers: what it still holds counts for the bound.
          resolve(unavailable(`no answer within ${timeoutMs} ms`));
        }, timeoutMs);
        pending.set(id, {
          characters: size,
          settle(result) {
            clearTimeout(timer);
            resolve(result);
          },
        });
        characters += size;
        if (pending.size === 1) worker?.ref();
        // One message for everything that this turn of the loop submits.
        if (outbox.length === 0) setImmediate(flush);
        outbox.push({ id, now, ...change });
      });
      if (typeof outcome !== 'string') throw outcome;
      return outcome;
    },

    isRunning: () => worker !== undefined,

    close() {
      closing ??= (async () => {
        flush();
        if (worker === undefined) return;
        const thread = worker;
        thread.ref();
        const exited = new Promise<void>((resolve) => thread.once('exit', () => resolve()));
        thread.postMessage('close' satisfies WriterRequest);
        const timer = setTimeout(() => void thread.terminate(), timeoutMs);
        await exited;
        clearTimeout(timer);
      })();
      return closing;
    },
  };
}

function unavailable(detail: string, cause?: unknown): StoreError {
  return new StoreError('store_unavailable', detail, cause);
}

function describe(error: unknown): string {
  return error instanceof Error ? error.message : 'no error told';
}
