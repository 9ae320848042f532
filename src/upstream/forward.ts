/** Sends one request to the upstream and hands its answer back as it streams in. */

import { performance } from 'node:perf_hooks';
import type { Readable } from 'node:stream';

import { RequestError, UpstreamError } from '../errors.ts';
import type { HeaderList } from '../http/exchange.ts';
import { endToEndFields } from '../http/hop-by-hop.ts';
import type { LeaveSignal } from '../http/leave-signal.ts';
import type { Trace } from '../http/trace.ts';
import { startDeadline } from './deadline.ts';
import type { Deadline } from './deadline.ts';
import type { ReceivedAnswer } from './connection.ts';
import { clientGone, upstreamFailure, wasCut } from './failure.ts';
import type { UpstreamPool } from './pool.ts';
import { createSentRequests } from './sent-request.ts';

export interface UpstreamRequest {
  readonly method: string;
  /** Path and query, as the upstream shall see them. */
  readonly target: string;
  /** End-to-end fields. With those below they are complete: nothing is added but framing. */
  readonly headers: HeaderList;
  /**
   * Fields of other requests, too, in lists that nobody changes: one that comes again and again is put
   * into lines once. None is a `Host`.
   */
  readonly standing?: readonly HeaderList[];
  readonly body: Readable | Uint8Array | undefined;
  /** That of the client for which it is made: where there is too much to do, networks get turns. */
  readonly network: string;
  /** Aborted when the client leaves. */
  readonly signal: LeaveSignal;
  /** Longest time until the answer has been read to its end; unbounded where absent. */
  readonly deadlineMs?: number;
  /** The trace of the request that this one is made for. */
  readonly trace?: Trace | undefined;
}

export interface UpstreamAnswer {
  readonly status: number;
  /** End-to-end fields in the upstream's order and spelling. */
  readonly headers: HeaderList;
  /** The bytes where all are there; a stream must be read to its end or destroyed. */
  readonly body: Readable | Uint8Array;
}

/** What came of a request to the upstream: a status class, or the reason of the failure. */
export type UpstreamObserver = (result: 'answered' | 'failed', seconds: number) => void;

export interface Upstream {
  /** @throws UpstreamError as upstream/failure.ts maps it. */
  send(request: UpstreamRequest): Promise<UpstreamAnswer>;
}

/** Methods that may be sent a second time when a reused connection turns out to be dead. */
const REPEATABLE: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);
/** Several that wait may be dead; a request that makes the upstream close them is not sent on and on. */
const MAX_ATTEMPTS = 3;

export function createUpstream(pool: UpstreamPool, observe: UpstreamObserver): Upstream {
  const makeSent = createSentRequests(pool.authority);
  return {
    send: async (asked) => {
      const leg = asked.trace?.begin(asked.method);
      const request = leg ? { ...asked, headers: [...asked.headers, ...leg.headers] } : asked;
      const started = performance.now();
      const deadline = deadlineOf(request);
      const signal = deadline?.signal ?? request.signal;
      try {
        const sent = makeSent(request, signal);
        let received: ReceivedAnswer | undefined;
        // Here, not in a function of its own: that would cost every request a promise.
        for (let attempts = 1; received === undefined; attempts += 1) {
          const lease = pool.acquire(signal, request.network);
          // No turn of the event loop where there is nothing to wait for.
          const { connection, isReused } = lease instanceof Promise ? await lease : lease;
          try {
            received = await connection.send(sent);
          } catch (error) {
            if (!isReused || attempts === MAX_ATTEMPTS || !mayRepeat(request, error)) throw error;
          }
        }
        const { head, body, at } = received;
        if (body instanceof Uint8Array) deadline?.end();
        else if (deadline !== undefined) body.once('close', deadline.end);
        observe('answered', (at - started) / 1_000);
        leg?.end({ status: head.status });
        return { status: head.status, headers: endToEndFields(head.fields), body };
      } catch (error) {
        deadline?.end();
        const failure = failureOf(error, request.signal);
        leg?.end({ failure: failure.reason });
        // What went wrong on the client's side is no failure of the upstream.
        if (failure instanceof UpstreamError) {
          observe('failed', (performance.now() - started) / 1_000);
        }
        throw failure;
      }
    },
  };
}

/** The upstream may have closed the connection when the request was on its way. */
function mayRepeat({ method, body }: UpstreamRequest, error: unknown): boolean {
  return REPEATABLE.has(method) && body === undefined && wasCut(error);
}

function failureOf(error: unknown, signal: LeaveSignal): RequestError | UpstreamError {
  if (signal.aborted) return clientGone(error);
  if (error instanceof RequestError || error instanceof UpstreamError) return error;
  return upstreamFailure(error);
}

function deadlineOf({ signal, deadlineMs }: UpstreamRequest): Deadline | undefined {
  return deadlineMs === undefined ? undefined : startDeadline(signal, deadlineMs);
}
