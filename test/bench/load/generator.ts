/**
 * The load: requests written as they stand over TLS connections of Node, answers read to their end.
 * Run as a process of its own: the job comes as JSON on standard input, what it took goes out so.
 */

import { readFileSync } from 'node:fs';
import process from 'node:process';
import { text } from 'node:stream/consumers';
import { connect } from 'node:tls';
import type { ConnectionOptions, TLSSocket } from 'node:tls';

import type { Load } from '../bench.ts';
import { percentile } from '../statistics.ts';
import { createAnswerReader } from './answer-reader.ts';
import type { Job } from './job.ts';

/** Latencies are kept for percentiles; so many say enough. */
const MAX_LATENCIES = 200_000;

process.stdout.write(
  `${JSON.stringify(await generate(JSON.parse(await text(process.stdin)) as Job))}\n`,
);

async function generate(job: Job): Promise<Load> {
  const options: ConnectionOptions = {
    host: '127.0.0.1',
    port: job.port,
    servername: 'localhost',
    ca: readFileSync(job.ca),
    ...(job.certificate !== undefined && { cert: readFileSync(job.certificate) }),
    ...(job.key !== undefined && { key: readFileSync(job.key) }),
    ALPNProtocols: ['http/1.1'],
  };
  const requests = job.requests.map((request) => Buffer.from(request, 'latin1'));
  const latencies: number[] = [];
  let begun = 0;
  const next = (): Buffer | undefined => {
    if (begun >= job.operations) return undefined;
    return requests[begun++ % requests.length];
  };
  const note = (milliseconds: number): void => {
    if (latencies.length < MAX_LATENCIES) latencies.push(milliseconds);
  };
  const session = job.connections === 'resumed' ? await sessionOf(options, requests[0]) : undefined;
  const operate = job.connections === 'keep' ? keepOpen : openAnew;

  const startedAt = performance.now();
  const cpu = process.cpuUsage();
  const context = { options: { ...options, ...(session && { session }) }, next, note, job };
  await Promise.all(Array.from({ length: job.concurrency }, () => operate(context)));
  const { user, system } = process.cpuUsage(cpu);
  return {
    operations: job.operations,
    seconds: (performance.now() - startedAt) / 1_000,
    p50: percentile(latencies, 50),
    p99: percentile(latencies, 99),
    generatorSeconds: (user + system) / 1_000_000,
  };
}

interface Context {
  readonly options: ConnectionOptions;
  readonly next: () => Buffer | undefined;
  readonly note: (milliseconds: number) => void;
  readonly job: Job;
}

async function keepOpen(context: Context): Promise<void> {
  let socket: TLSSocket | undefined;
  try {
    for (let request = context.next(); request !== undefined; request = context.next()) {
      const startedAt = performance.now();
      socket ??= await open(context.options);
      await exchange(socket, request, context.job.status);
      context.note(performance.now() - startedAt);
    }
  } finally {
    socket?.destroy();
  }
}

async function openAnew(context: Context): Promise<void> {
  for (let request = context.next(); request !== undefined; request = context.next()) {
    const startedAt = performance.now();
    const socket = await open(context.options);
    if (socket.isSessionReused() !== (context.job.connections === 'resumed')) {
      throw new Error(`a ${context.job.connections} connection was not what it should be`);
    }
    await exchange(socket, request, context.job.status);
    context.note(performance.now() - startedAt);
    socket.destroy();
  }
}

/** A session that was issued on an earlier connection. */
async function sessionOf(options: ConnectionOptions, request: Buffer | undefined): Promise<Buffer> {
  const socket = await open(options);
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
  socket.once('session', resolve).once('close', () => reject(new Error('no session was issued')));
  socket.write(request ?? '');
  socket.resume();
  const session = await promise;
  socket.destroy();
  return session;
}

function open(options: ConnectionOptions): Promise<TLSSocket> {
  const { promise, resolve, reject } = Promise.withResolvers<TLSSocket>();
  const socket = connect(options, () => {
    socket.off('error', reject);
    resolve(socket);
  });
  socket.setNoDelay(true);
  socket.once('error', reject);
  return promise;
}

function exchange(socket: TLSSocket, request: Buffer, status: number): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const reader = createAnswerReader();
  const onData = (chunk: Buffer): void => {
    if (!reader.take(chunk)) return;
    if (reader.status() === status) resolve();
    else reject(new Error(`expected status ${status}: ${reader.head().slice(0, 500)}`));
  };
  const onEnd = (): void => reject(new Error('the connection ended within an answer'));
  socket.on('data', onData).once('close', onEnd).once('error', reject);
  socket.write(request);
  return promise.finally(() => socket.off('data', onData).off('close', onEnd).off('error', reject));
}
