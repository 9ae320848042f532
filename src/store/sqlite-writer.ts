/**
 * The writer thread of the sqlite engine. It alone waits for the disk: whatever is queued when it
 * wakes goes into one transaction, and is acknowledged together once that is durable.
 */

import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';

import { openWriter } from './sqlite-database.ts';
import { prepareWrites } from './sqlite-statements.ts';
import { runTransaction } from './sqlite-transaction.ts';
import type { Operation, WriterData, WriterReply, WriterRequest } from './sqlite-protocol.ts';
import type { MessagePort } from 'node:worker_threads';

/** Operations taken into one transaction, so that none waits long for the others. */
const BATCH_OPERATIONS = 1_000;

/** SQLITE_BUSY and SQLITE_LOCKED: another process is at work; the connection itself is sound. */
const PASSING_ERRORS: readonly number[] = [5, 6];

if (parentPort !== null) serve(parentPort, workerData as WriterData);

function serve(port: MessagePort, { path, maxRecords, busyTimeoutMs }: WriterData): void {
  const database = openWriter(path, busyTimeoutMs);
  const statements = prepareWrites(database);

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
    try {
      const results = runTransaction(database, statements, maxRecords, operations);
      reply({ kind: 'committed', results });
      return true;
    } catch (error) {
      const detail = error instanceof Error ? error.message : String(error);
      reply({ kind: 'failed', ids: operations.map(({ id }) => id), detail });
      return PASSING_ERRORS.includes(primaryCode(error));
    }
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

/** The result code without its extension (https://www.sqlite.org/rescode.html), or -1. */
function primaryCode(error: unknown): number {
  const code = (error as { readonly errcode?: unknown } | null)?.errcode;
  return typeof code === 'number' ? code & 0xff : -1;
}
