/**
 * One connection to the upstream, which carries one request at a time: an answer can then only
 * belong to the request before it.
 */

import { performance } from 'node:perf_hooks';
import type { Readable } from 'node:stream';
import { TLSSocket } from 'node:tls';

import { createAnswerClock } from './answer-clock.ts';
import type { AnswerHead } from './answer-head.ts';
import { createAnswerReader } from './answer-reader.ts';
import type { AnswerSink, Reuse } from './answer-reader.ts';
import { createAnswerStream } from './answer-stream.ts';
import type { AnswerStream, HeldUp } from './answer-stream.ts';
import type { Connected } from './connect.ts';
import { answerTimedOut, bodyTimedOut, connectionCut } from './failure.ts';
import { writeStreamed, writeWhole } from './request-body.ts';
import type { SentRequest } from './sent-request.ts';

export interface ReceivedAnswer {
  readonly head: AnswerHead;
  /** The bytes where all of them came with the head. */
  readonly body: Readable | Uint8Array;
  /** `performance.now()` when it came. */
  readonly at: number;
}

export interface Connection {
  /** Whether it can carry a request; one that has ended is told by `onGone` a moment later. */
  isOpen(): boolean;
  /** Sends a request; there must be none under way. Rejects as upstream/failure.ts names it. */
  send(request: SentRequest): Promise<ReceivedAnswer>;
  /** Defined while an answer waits for its reader. */
  heldUp(): HeldUp | undefined;
  /** What is under way fails, for this reason. */
  destroy(error?: Error): void;
}

export interface ConnectionOptions {
  readonly responseTimeoutMs: number;
  readonly bodyIdleTimeoutMs: number;
  /**
   * The answer is complete and another request may follow, within this time.
   *
   * @param now `performance.now()`
   */
  readonly onIdle: (connection: Connection, hintMs: number | undefined, now: number) => void;
  /** It takes no more requests. */
  readonly onGone: (connection: Connection) => void;
}

interface Pending {
  readonly request: SentRequest;
  readonly resolve: (answer: ReceivedAnswer) => void;
  readonly reject: (error: unknown) => void;
  head: AnswerHead | undefined;
  /** What has come of the body while nobody has the stream. */
  pieces: Buffer[];
  stream: AnswerStream | undefined;
  isSent: boolean;
}

/** All events of the socket are the connection's from here on. */
export function createConnection(
  { socket, reading }: Connected,
  options: ConnectionOptions,
): Connection {
  const { responseTimeoutMs, bodyIdleTimeoutMs, onIdle, onGone } = options;
  let pending: Pending | undefined;
  const answerClock = createAnswerClock(responseTimeoutMs, () =>
    fail(answerTimedOut(responseTimeoutMs)),
  );
  let bodyTimer: NodeJS.Timeout | undefined;

  const sink: AnswerSink = {
    onHead(head) {
      answerClock.stop();
      if (pending !== undefined) pending.head = head;
    },
    onBody(piece) {
      if (pending === undefined) return;
      const kept = reading.keep(piece);
      if (pending.stream === undefined) pending.pieces.push(kept);
      else if (!pending.stream.push(kept)) socket.pause();
    },
    onEnd: (reuse) => finish(reuse),
  };
  const reader = createAnswerReader(sink, socket instanceof TLSSocket);

  function start(sent: Pending): void {
    const { method, begin, rest, signal } = sent.request;
    pending = sent;
    signal.addEventListener('abort', onAbort);
    reader.begin(method);
    if (signal.aborted) onAbort();
    else if (rest !== undefined && !(rest instanceof Uint8Array)) writeRest(sent, rest);
    else {
      writeWhole(socket, begin, rest);
      onSent(sent);
    }
  }

  function finish({ isPossible, hintMs }: Reuse): void {
    const done = release();
    if (done?.head === undefined) return;
    const now = performance.now();
    if (done.stream === undefined) {
      done.resolve({ head: done.head, body: joined(done.pieces), at: now });
    } else {
      done.stream.end();
      reading.shareRoom();
      if (socket.isPaused()) socket.resume();
    }
    // An answer before the end of its request: what is still to be sent would be read as another.
    if (isPossible && done.isSent && !socket.destroyed) onIdle(connection, hintMs, now);
    else socket.destroy();
  }

  function release(): Pending | undefined {
    const done = pending;
    pending = undefined;
    answerClock.stop();
    done?.request.signal.removeEventListener('abort', onAbort);
    if (bodyTimer !== undefined) clearTimeout(bodyTimer);
    bodyTimer = undefined;
    return done;
  }

  function onAbort(): void {
    fail(pending?.request.signal.reason);
  }

  function fail(error: unknown): void {
    const failed = release();
    socket.destroy();
    if (failed === undefined) return;
    if (failed.stream === undefined) failed.reject(error);
    else failed.stream.fail(error instanceof Error ? error : connectionCut('it failed'));
  }

  /** The head is there, and more is to come. */
  function openStream(answered: Pending, head: AnswerHead): void {
    bodyTimer = setTimeout(onBodyTimeout, bodyIdleTimeoutMs).unref();
    reading.ownRoom();
    const stream = createAnswerStream({
      wanted: () => {
        if (pending !== answered || !socket.isPaused()) return;
        bodyTimer?.refresh();
        socket.resume();
      },
      left: () => {
        if (pending === answered) fail(connectionCut('nobody reads the answer'));
      },
    });
    answered.stream = stream;
    for (const piece of answered.pieces) stream.push(piece);
    answered.pieces = [];
    answered.resolve({ head, body: stream.body, at: performance.now() });
  }

  function onBodyTimeout(): void {
    // A reader that takes nothing is its own affair.
    if (!socket.isPaused()) fail(bodyTimedOut(bodyIdleTimeoutMs));
  }

  function setWaiting(of: Pending, isWaiting: boolean): void {
    if (pending !== of || of.head !== undefined) return;
    if (isWaiting) answerClock.start();
    else answerClock.stop();
  }

  function onSent(sent: Pending): void {
    sent.isSent = true;
    setWaiting(sent, true);
  }

  function writeRest(sent: Pending, body: Readable): void {
    const { begin, length } = sent.request;
    const written = writeStreamed(socket, {
      begin,
      body,
      length,
      onWaiting: (isWaiting) => setWaiting(sent, isWaiting),
      isWanted: () => pending === sent && !socket.destroyed,
    });
    written.then(
      () => onSent(sent),
      (error: unknown) => {
        if (pending === sent) fail(error);
      },
    );
  }

  const connection: Connection = {
    isOpen: () => !socket.destroyed,
    send: (request) =>
      new Promise((resolve, reject) =>
        start({
          request,
          resolve,
          reject,
          head: undefined,
          pieces: [],
          stream: undefined,
          isSent: false,
        }),
      ),
    heldUp: () => pending?.stream?.heldUp(),
    destroy: (error = connectionCut('it was closed here')) => fail(error),
  };

  reading.to((bytes) => {
    bodyTimer?.refresh();
    try {
      reader.take(bytes);
    } catch (error) {
      fail(error);
      return;
    }
    if (pending?.head !== undefined && pending.stream === undefined) {
      openStream(pending, pending.head);
    }
  });
  socket.once('end', () => {
    try {
      reader.takeEnd();
    } catch (error) {
      fail(error);
    }
    socket.destroy();
  });
  socket.on('error', fail);
  socket.once('close', () => {
    answerClock.close();
    fail(connectionCut('the connection was cut'));
    onGone(connection);
  });
  return connection;
}

const NOTHING = Buffer.alloc(0);

function joined(pieces: readonly Buffer[]): Buffer {
  return pieces.length > 1 ? Buffer.concat(pieces) : (pieces[0] ?? NOTHING);
}
