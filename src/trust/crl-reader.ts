/** Reads CRLs without holding up the event loop: small ones at once, large ones in a thread. */

import { Worker } from 'node:worker_threads';

import { readCrls } from '../certificate/revocation/crl-file.ts';
import type { Crl } from '../certificate/revocation/crl.ts';
import { TrustDataError } from '../errors.ts';
import type { ReadReply, ReadRequest } from './crl-reader-thread.ts';

export interface CrlReaderOptions {
  /** Octets that are read at once, on the event loop. */
  readonly maxInlineOctets?: number;
  /** For one read, the wait for those before it included. */
  readonly timeoutMs?: number;
  /** The thread ends when it had nothing to do for so long. */
  readonly idleMs?: number;
  /** Reads that wait for the thread; one more is refused. */
  readonly maxPending?: number;
}

export interface CrlReader {
  /** As `readCrls`. @throws TrustDataError also where the thread failed or was too slow. */
  read(bytes: Uint8Array): Promise<readonly Crl[]>;
  close(): Promise<void>;
}

interface Pending {
  readonly timer: NodeJS.Timeout;
  settle(outcome: readonly Crl[] | TrustDataError): void;
}

/** About a millisecond of work on a slow machine. */
const MAX_INLINE_OCTETS = 131_072;

export function createCrlReader(options: CrlReaderOptions = {}): CrlReader {
  const { maxInlineOctets = MAX_INLINE_OCTETS, timeoutMs = 30_000 } = options;
  const { idleMs = 10_000, maxPending = 32 } = options;
  const pending = new Map<number, Pending>();
  let worker: Worker | undefined;
  let idleTimer: NodeJS.Timeout | undefined;
  let lastId = 0;
  let isClosed = false;

  const settle = (id: number, outcome: readonly Crl[] | TrustDataError): void => {
    const entry = pending.get(id);
    if (entry === undefined) return;
    pending.delete(id);
    clearTimeout(entry.timer);
    entry.settle(outcome);
    if (pending.size > 0) return;
    worker?.unref();
    idleTimer = setTimeout(() => void stop(), idleMs);
    idleTimer.unref();
  };

  const stop = async (): Promise<void> => {
    clearTimeout(idleTimer);
    const thread = worker;
    worker = undefined;
    await thread?.terminate();
  };

  const failAll = (detail: string): void => {
    for (const id of pending.keys()) settle(id, unreadable(detail));
  };

  const start = (): Worker => {
    const url = new URL('./crl-reader-thread.ts', import.meta.url);
    const thread = new Worker(url, { name: 'crl-reader' });
    thread.on('message', (reply: ReadReply) => {
      const { id } = reply;
      if ('crls' in reply) settle(id, reply.crls);
      else settle(id, new TrustDataError(reply.reason, reply.detail));
    });
    const ended = (detail: string): void => {
      // One that was stopped on purpose owes nothing; its successor may be at work.
      if (worker !== thread) return;
      worker = undefined;
      failAll(detail);
    };
    thread.on('error', (error) => ended(error instanceof Error ? error.message : 'no error told'));
    thread.on('exit', () => ended('the thread ended'));
    return thread;
  };

  /** A thread that is stuck takes all that wait for it along. */
  const giveUp = (): void => {
    failAll(`not read within ${timeoutMs} ms`);
    void stop();
  };

  const readInThread = (bytes: Uint8Array): Promise<readonly Crl[] | TrustDataError> => {
    clearTimeout(idleTimer);
    worker ??= start();
    worker.ref();
    lastId += 1;
    const request: ReadRequest = { id: lastId, bytes };
    worker.postMessage(request);
    return new Promise((resolve) => {
      const timer = setTimeout(giveUp, timeoutMs);
      pending.set(request.id, { timer, settle: resolve });
    });
  };

  return {
    read: async (bytes) => {
      if (isClosed) throw unreadable('the reader is closed');
      if (bytes.length <= maxInlineOctets) return readCrls(bytes);
      if (pending.size >= maxPending) throw unreadable('too many lists wait to be read');
      const outcome = await readInThread(bytes);
      if (outcome instanceof TrustDataError) throw outcome;
      return outcome;
    },
    close: async () => {
      isClosed = true;
      failAll('the reader was closed');
      await stop();
    },
  };
}

function unreadable(detail: string): TrustDataError {
  return new TrustDataError('crl_malformed', `CRL: ${detail}`);
}
