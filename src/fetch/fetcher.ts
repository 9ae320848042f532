/**
 * Fetches documents for the gateway itself: key sets, CRLs, OCSP answers. Size, time and addresses are
 * bounded, redirections are not followed, and no two fetches share a connection.
 */

import { Client } from 'undici';

import { FetchError } from '../errors.ts';
import { readAnswer } from './answer.ts';
import type { FetchAnswer } from './answer.ts';
import { readDocumentUrl, shownUrl } from './document-url.ts';
import { fetchFailure } from './failure.ts';
import { guardedConnect } from './guarded-connect.ts';

export type { FetchAnswer } from './answer.ts';

export interface FetcherOptions {
  /** Upper bound for a document; a request can only ask for less. */
  readonly maxBytes: number;
  /** For all of a fetch, from name resolution to the last octet. */
  readonly timeoutMs: number;
  /** Also connect to private and loopback addresses. Link-local ones stay refused. */
  readonly allowPrivateAddresses: boolean;
  /** PEM certificates of the only CAs to believe; absent: the public roots. */
  readonly caPems?: readonly string[];
  /** Fetches at the same time; one more is refused. */
  readonly maxConcurrent?: number;
}

export interface FetchRequest {
  readonly url: string;
  /** Take `http:` too. Only for documents with a signature of their own: CRLs and OCSP answers. */
  readonly allowHttp?: boolean;
  readonly maxBytes?: number;
  /** Makes it a POST. */
  readonly body?: Uint8Array;
  readonly contentType?: string;
  readonly accept?: string;
  /** Values of an earlier document; with one of them the answer can be `unchanged`. */
  readonly etag?: string | undefined;
  readonly lastModified?: string | undefined;
  readonly signal?: AbortSignal;
}

export interface Fetcher {
  /** The whole document of a 200 answer. @throws FetchError for everything else. */
  fetch(request: FetchRequest): Promise<FetchAnswer>;
  /** Ends what is under way and refuses what comes. */
  close(): void;
}

const defaultMaxConcurrent = 16;

/** Proxies of the environment are not used: addresses could not be judged behind one. */
export function createFetcher(options: FetcherOptions): Fetcher {
  const { maxConcurrent = defaultMaxConcurrent } = options;
  const running = new Set<AbortController>();
  let closed = false;

  return {
    fetch: async (request) => {
      const url = readDocumentUrl(request.url, {
        allowHttp: request.allowHttp ?? false,
        allowPrivateAddresses: options.allowPrivateAddresses,
      });
      if (closed) throw new FetchError('fetch_failed', 'the fetcher is closed');
      if (running.size >= maxConcurrent) {
        throw new FetchError('fetch_failed', `${maxConcurrent} fetches are under way already`);
      }
      const controller = new AbortController();
      running.add(controller);
      try {
        return await fetchDocument(url, request, options, controller);
      } catch (error) {
        throw fetchFailure(error, shownUrl(url));
      } finally {
        running.delete(controller);
      }
    },
    close: () => {
      closed = true;
      const reason = new FetchError('fetch_failed', 'the fetcher was closed');
      for (const controller of running) controller.abort(reason);
    },
  };
}

async function fetchDocument(
  url: URL,
  request: FetchRequest,
  options: FetcherOptions,
  controller: AbortController,
): Promise<FetchAnswer> {
  const { timeoutMs, allowPrivateAddresses, caPems } = options;
  const timeout = new FetchError('fetch_timeout', `not complete after ${timeoutMs} ms`);
  const timer = setTimeout(() => controller.abort(timeout), timeoutMs);
  const { signal } = controller;
  const abort = (): void =>
    controller.abort(new FetchError('fetch_failed', 'given up by who asked for it'));
  if (request.signal?.aborted === true) abort();
  request.signal?.addEventListener('abort', abort, { once: true });

  const client = new Client(url.origin, {
    pipelining: 1,
    connect: guardedConnect({ allowPrivateAddresses, caPems, timeoutMs, signal }),
  });
  // The request's own signal is heard only once the connection is there.
  signal.addEventListener('abort', () => void client.destroy(errorOf(signal)), { once: true });
  try {
    signal.throwIfAborted();
    const answer = await client.request({
      path: `${url.pathname}${url.search}`,
      method: request.body === undefined ? 'GET' : 'POST',
      headers: headersOf(request),
      body: request.body ?? null,
      signal,
    });
    const limit = Math.min(options.maxBytes, request.maxBytes ?? options.maxBytes);
    const isConditional = request.etag !== undefined || request.lastModified !== undefined;
    return await readAnswer(answer, { limit, isConditional });
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  } finally {
    clearTimeout(timer);
    request.signal?.removeEventListener('abort', abort);
    await client.destroy();
  }
}

function headersOf(request: FetchRequest): Record<string, string> {
  const fields = {
    accept: request.accept ?? '*/*',
    // A compressed document could be any size once it is unpacked.
    'accept-encoding': 'identity',
    'content-type': request.contentType,
    'if-none-match': request.etag,
    'if-modified-since': request.lastModified,
  };
  const given = Object.entries(fields).filter(([, value]) => value !== undefined);
  return Object.fromEntries(given as [string, string][]);
}

function errorOf(signal: AbortSignal): Error {
  return signal.reason instanceof Error ? signal.reason : new FetchError('fetch_failed', 'aborted');
}
