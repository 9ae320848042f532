/** Sends one request to the upstream and hands its answer back as it streams in. */

import type { Readable } from 'node:stream';

import { RequestError, UpstreamError } from '../errors.ts';
import type { HeaderList } from '../http/exchange.ts';
import { fieldPairs } from '../http/header-list.ts';
import { endToEndFields } from '../http/hop-by-hop.ts';
import { startDeadline } from './deadline.ts';
import type { Deadline } from './deadline.ts';
import { clientGone, invalidAnswer, upstreamFailure, wasCut } from './failure.ts';
import type { UpstreamPool } from './pool.ts';

export interface UpstreamRequest {
  readonly method: string;
  /** Path and query, as the upstream shall see them. */
  readonly target: string;
  /** End-to-end fields, complete: nothing is added but framing. */
  readonly headers: HeaderList;
  readonly body: Readable | Uint8Array | undefined;
  /** Aborted when the client leaves. */
  readonly signal: AbortSignal;
  /** Longest time until the answer has been read to its end; unbounded where absent. */
  readonly deadlineMs?: number;
}

export interface UpstreamAnswer {
  readonly status: number;
  /** End-to-end fields in the upstream's order and spelling. */
  readonly headers: HeaderList;
  /** Must be read to its end or destroyed. */
  readonly body: Readable;
}

/** What came of a request to the upstream: a status class, or the reason of the failure. */
export type UpstreamObserver = (result: 'answered' | 'failed', seconds: number) => void;

export interface Upstream {
  /** @throws UpstreamError as upstream/failure.ts maps it. */
  send(request: UpstreamRequest): Promise<UpstreamAnswer>;
}

/** Methods that may be sent a second time when a reused connection turns out to be dead. */
const REPEATABLE: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);

export function createUpstream(pool: UpstreamPool, observe: UpstreamObserver): Upstream {
  const attempt = async (
    request: UpstreamRequest,
    signal: AbortSignal,
  ): Promise<UpstreamAnswer> => {
    const answer = await pool.acquire().request({
      method: request.method,
      path: request.target,
      headers: request.headers.flat(),
      body: request.body ?? null,
      signal,
      responseHeaders: 'raw',
    });
    // A body that nobody reads any more may still fail, and nobody would hear it.
    answer.body.on('error', () => {});
    if (answer.statusCode > 599) {
      answer.body.destroy();
      throw invalidAnswer(`status ${answer.statusCode}`);
    }
    return {
      status: answer.statusCode,
      headers: endToEndFields(pairs(answer.headers)),
      body: answer.body,
    };
  };

  return {
    send: async (request) => {
      const started = performance.now();
      const seconds = (): number => (performance.now() - started) / 1_000;
      const deadline = deadlineOf(request);
      try {
        const answer = await attempt(request, deadline.signal).catch((error: unknown) => {
          const repeatable = REPEATABLE.has(request.method) && request.body === undefined;
          if (!repeatable || !wasCut(error)) throw error;
          return attempt(request, deadline.signal);
        });
        answer.body.once('close', deadline.end);
        observe('answered', seconds());
        return answer;
      } catch (error) {
        deadline.end();
        // What went wrong on the client's side is no failure of the upstream.
        if (request.signal.aborted) throw clientGone(error);
        if (error instanceof RequestError) throw error;
        observe('failed', seconds());
        throw error instanceof UpstreamError ? error : upstreamFailure(error);
      }
    },
  };
}

function deadlineOf({ signal, deadlineMs }: UpstreamRequest): Deadline {
  return deadlineMs === undefined
    ? { signal, end: () => undefined }
    : startDeadline(signal, deadlineMs);
}

/** `responseHeaders: 'raw'` gives a flat list of names and values, which undici's types don't say. */
function pairs(headers: unknown): HeaderList {
  const flat = headers as readonly (string | Buffer)[];
  return fieldPairs(
    flat.map((piece) => (typeof piece === 'string' ? piece : piece.toString('latin1'))),
  );
}
