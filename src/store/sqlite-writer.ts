/**
 * The writer thread of the sqlite engine. It alone waits for the disk: whatever is queued when it
 * wakes goes into one transaction, and is acknowledged together once that is durable.
 */

import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';

import { foldLog, openWriter } from './sqlite-database.ts';
import { createFullDiskWrites } from './sqlite-full-disk.ts';
import { createReserve } from './sqlite-reserve.ts';
import { prepareWrites } from './sqlite-statements.ts';
import { runTransaction } from './sqlite-transaction.ts';
import type { Operation, WriterData, WriterReply, WriterRequest } from './sqlite-protocol.ts';
import type { MessagePort } from 'node:worker_threads';

/** Operations taken into one transaction, so that none waits long for the others. */
const BATCH_OPERATIONS = 1_000;

if (parentPort !== null) serve(parentPort, workerData as WriterData);

function serve(port: MessagePort, { path, maxRecords, busyTimeoutMs }: WriterData): void {
  const database = openWriter(path, busyTimeoutMs);
  const statements = prepareWrites(database);
  const writeBatch = createFullDiskWrites({
    reserve: createReserve(path),
    run: (operations) => runTransaction(database, statements, maxRecords, operations),
    foldLog: (mode) => foldLog(database, mode, busyTimeoutMs),
    notice: (text) => reply({ kind: 'notice', text }),
  });

  function reply(message: WriterReply): void {
    port.postMessage(message);
  }

  function stop(): void {
    port.close();
    database.close();
  }

  /** Returns false when the connection can't be trusted any more. */
  function write(operations: readonly Operation[]): boolean {
    if (operations.length === 0) return true;
    let isSound = true;
    for (const outcome of writeBatch(operations)) {
      if (outcome.kind === 'committed') {
        reply(outcome);
      } else {
        const ids = outcome.operations.map(({ id }) => id);
        reply({ kind: 'failed', ids, detail: outcome.detail });
        isSound &&= outcome.isSound;
      }
    }
    return isSound;
  }

  port.on('message', (first: WriterRequest) => {
    const operations: Operation[] = [];
    let request: WriterRequest | undefined = first;
    while (request !== undefined && request !== 'close') {
      operations.push(...request);
      if (operations.length >= BATCH_OPERATIONS) break;
      request = receiveMessageOnPort(port)?.message as WriterRequest | undefined;
    }
    const sound = write(operations);
    if (!sound || request === 'close') stop();
  });

  reply({ kind: 'ready' });
}
