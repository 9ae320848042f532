/**
 * The management listener: metrics and probes on an address of their own, plain HTTP, out of reach
 * of clients. What it serves is handed in; it names no client.
 */

import { once } from 'node:events';
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

import { StartError } from '../errors.ts';
import type { EventSink } from '../telemetry/events.ts';
import { createExplainRoute } from './explain.ts';
import type { ExplainPem } from './explain.ts';
import { createProbes } from './probes.ts';
import type { Readiness } from './probes.ts';

export interface ManagementOptions {
  readonly address: { readonly host: string; readonly port: number };
  /** Longest wait for `ready`; beyond it the answer is 503. */
  readonly readyTimeoutMs?: number;
}

export interface ManagementDeps {
  /** The answer to a scrape with this `Accept` field. */
  readonly render: (
    accept: string | undefined,
  ) => Promise<{ readonly contentType: string; readonly body: string }>;
  readonly ready: () => Promise<Readiness>;
  readonly events: EventSink;
  /** Answers `POST /explain`; without it there is no such path. */
  readonly explain?: ExplainPem;
}

export interface Management {
  /**
   * Resolves with the bound address.
   * @throws StartError naming the address when it can't be listened on.
   */
  listen(): Promise<{ readonly host: string; readonly port: number }>;
  /** From now on `/readyz` is 503. */
  setDraining(): void;
  /** Stops listening and ends every connection within a second. Idempotent. */
  stop(): Promise<void>;
}

interface Reply {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
  readonly headers?: Readonly<Record<string, string>>;
}

const READY_TIMEOUT_MS = 2_000;
const HEADER_TIMEOUT_MS = 5_000;
const REQUEST_TIMEOUT_MS = 10_000;
const MAX_CONNECTIONS = 64;
const MAX_HEADER_BYTES = 8_192;
/** Scrapes at work at once: more than any sound set-up has, few enough to leave clients alone. */
const MAX_SCRAPES = 4;
const STOP_TIMEOUT_MS = 1_000;

export function createManagement(options: ManagementOptions, deps: ManagementDeps): Management {
  const probes = createProbes({ timeoutMs: options.readyTimeoutMs ?? READY_TIMEOUT_MS }, deps);
  let scrapes = 0;

  const metrics = async (request: IncomingMessage): Promise<Reply> => {
    if (scrapes >= MAX_SCRAPES) {
      return { ...text(503, 'too many scrapes at once'), headers: { 'retry-after': '1' } };
    }
    scrapes += 1;
    try {
      return { status: 200, ...(await deps.render(request.headers.accept)) };
    } finally {
      scrapes -= 1;
    }
  };

  const readiness = async (_: IncomingMessage, query: URLSearchParams): Promise<Reply> => {
    const { ready, checks } = await probes.readiness();
    const status = ready ? 200 : 503;
    if (!query.has('verbose')) return text(status, ready ? 'ok' : 'not ready');
    const body = `${JSON.stringify({ ready, checks }, undefined, 2)}\n`;
    return { status, contentType: 'application/json', body };
  };

  // No dependency is asked: a process that can answer needs no restart.
  const liveness = async (): Promise<Reply> => text(200, 'ok');

  const routes = new Map([
    ['/metrics', metrics],
    ['/livez', liveness],
    ['/healthz', liveness],
    ['/readyz', readiness],
  ]);

  const explain = deps.explain && createExplainRoute(deps.explain);

  const reply = async (request: IncomingMessage): Promise<Reply> => {
    const [path = '', query = ''] = (request.url ?? '').split('?', 2);
    const isExplain = path === '/explain' && explain !== undefined;
    const route = isExplain ? explain : routes.get(path);
    if (route === undefined) return text(404, 'not found');
    const allowed = isExplain ? ['POST'] : ['GET', 'HEAD'];
    if (!allowed.includes(request.method ?? '')) {
      return { ...text(405, 'method not allowed'), headers: { allow: allowed.join(', ') } };
    }
    try {
      return await route(request, new URLSearchParams(query));
    } catch (error) {
      notice(deps.events, 'management request failed', error);
      return text(500, 'internal error');
    }
  };

  const server = createServer(
    {
      maxHeaderSize: MAX_HEADER_BYTES,
      headersTimeout: HEADER_TIMEOUT_MS,
      requestTimeout: REQUEST_TIMEOUT_MS,
      connectionsCheckingInterval: 1_000,
    },
    (request, response) => {
      void reply(request).then((answer) => send(request, response, answer));
    },
  );
  server.maxConnections = MAX_CONNECTIONS;
  // A reader that takes nothing of its answer for this long is cut off.
  server.setTimeout(REQUEST_TIMEOUT_MS);

  let stopping: Promise<void> | undefined;
  return {
    listen: async () => {
      server.listen(options.address);
      try {
        await once(server, 'listening');
      } catch (error) {
        const { code = 'unknown error' } = error as NodeJS.ErrnoException;
        const where = addressText(options.address);
        throw new StartError(`management can't listen on ${where}: ${code}`, error);
      }
      server.on('error', (error) => notice(deps.events, 'management listener failed', error));
      const { address: host, port } = server.address() as AddressInfo;
      return { host, port };
    },
    setDraining: () => probes.setDraining(),
    stop: () => {
      stopping ??= new Promise((resolve) => {
        const cut = setTimeout(() => server.closeAllConnections(), STOP_TIMEOUT_MS);
        server.close(() => {
          clearTimeout(cut);
          resolve();
        });
        server.closeIdleConnections();
      });
      return stopping;
    },
  };
}

function send(request: IncomingMessage, response: ServerResponse, reply: Reply): void {
  const { 'content-length': length = '0', 'transfer-encoding': coding } = request.headers;
  response.writeHead(reply.status, {
    'content-type': reply.contentType,
    'content-length': Buffer.byteLength(reply.body),
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    // No request has a use for a body; one that is sent is not read to keep the connection.
    ...(length !== '0' || coding !== undefined ? { connection: 'close' } : {}),
    ...reply.headers,
  });
  response.end(request.method === 'HEAD' ? undefined : reply.body);
}

function text(status: number, body: string): Reply {
  return { status, contentType: 'text/plain; charset=utf-8', body: `${body}\n` };
}

function addressText({ host, port }: ManagementOptions['address']): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

function notice(events: EventSink, what: string, error: unknown): void {
  const detail = error instanceof Error ? error.message : 'no error object';
  events({ kind: 'notice', level: 'error', text: what, fields: { detail } });
}
