/**
 * The management listener: metrics, probes and the status page on an address of their own, plain
 * HTTP, out of reach of clients. What it serves is handed in.
 */

import { once } from 'node:events';
import { createServer } from 'node:http';
import type { IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

import { StartError } from '../errors.ts';
import type { EventSink } from '../telemetry/events.ts';
import { refuseAccess, refuseDetails } from './access.ts';
import type { AccessOptions, AccessRequest } from './access.ts';
import { createExplainRoute } from './explain.ts';
import type { ExplainPem } from './explain.ts';
import { createProbes, upOrDown } from './probes.ts';
import type { Readiness } from './probes.ts';
import { createReloadRoute } from './reload.ts';
import type { Reload } from './reload.ts';
import { jsonReply, sendReply, textReply } from './reply.ts';
import type { Reply } from './reply.ts';
import { statusPage } from './status-page.ts';
import type { StatusReport } from './status-report.ts';

export interface ManagementOptions {
  readonly address: { readonly host: string; readonly port: number };
  /** Longest wait for `ready`; beyond it the answer is 503. */
  readonly readyTimeoutMs?: number;
  /** The bearer token of those who may ask for everything; undefined: nobody has one. */
  readonly token?: string | undefined;
}

type Status = Omit<StatusReport, 'readiness'>;

export interface ManagementDeps {
  /** The answer to a scrape with this `Accept` field. */
  readonly render: (
    accept: string | undefined,
  ) => Promise<{ readonly contentType: string; readonly body: string }>;
  readonly ready: () => Promise<Readiness>;
  readonly events: EventSink;
  /** What the status page tells, readiness aside; without it there is no such page. */
  readonly status?: () => Status | Promise<Status>;
  /** Answers `POST /explain`; without it there is no such path. */
  readonly explain?: ExplainPem;
  /** Answers `POST /reload`; without it there is no such path. */
  readonly reload?: Reload;
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

type Route = (request: IncomingMessage, query: URLSearchParams) => Promise<Reply>;

const NOT_FOUND = textReply(404, 'not found');

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
  /** Of no listener: nothing is local before it is bound. */
  let boundAddress = '';

  const metrics = async (request: IncomingMessage): Promise<Reply> => {
    if (scrapes >= MAX_SCRAPES) {
      return textReply(503, 'too many scrapes at once', { 'retry-after': '1' });
    }
    scrapes += 1;
    try {
      return { status: 200, ...(await deps.render(request.headers.accept)) };
    } finally {
      scrapes -= 1;
    }
  };

  const mayAsk = (): AccessOptions => ({ boundAddress, token: options.token });

  const readiness: Route = async (request, query) => {
    const answer = await probes.readiness();
    const status = answer.ready ? 200 : 503;
    if (!query.has('verbose')) return textReply(status, answer.ready ? 'ok' : 'not ready');
    // The error of a store names hosts, files and users of it.
    const isForAll = refuseDetails(asked(request), mayAsk()) !== undefined;
    return jsonReply(status, isForAll ? upOrDown(answer) : answer);
  };

  // No dependency is asked: a process that can answer needs no restart.
  const liveness = async (): Promise<Reply> => textReply(200, 'ok');

  const reported = async (
    report: NonNullable<ManagementDeps['status']>,
  ): Promise<StatusReport> => ({
    ...(await report()),
    readiness: await probes.readiness(),
  });
  const { status, explain, reload } = deps;
  const page: Route = async () => (status ? statusPage(await reported(status)) : NOT_FOUND);
  const report: Route = async () => (status ? jsonReply(200, await reported(status)) : NOT_FOUND);

  const routes: ReadonlyMap<string, { readonly methods: readonly string[]; readonly run: Route }> =
    new Map([
      ['/metrics', { methods: ['GET', 'HEAD'], run: metrics }],
      ['/livez', { methods: ['GET', 'HEAD'], run: liveness }],
      ['/healthz', { methods: ['GET', 'HEAD'], run: liveness }],
      ['/readyz', { methods: ['GET', 'HEAD'], run: readiness }],
      ['/', { methods: ['GET', 'HEAD'], run: page }],
      ['/status', { methods: ['GET', 'HEAD'], run: page }],
      ['/status.json', { methods: ['GET', 'HEAD'], run: report }],
      ...(explain === undefined
        ? []
        : [['/explain', { methods: ['POST'], run: createExplainRoute(explain) }] as const]),
      ...(reload === undefined
        ? []
        : [['/reload', { methods: ['POST'], run: createReloadRoute(reload) }] as const]),
    ]);

  const reply = async (request: IncomingMessage): Promise<Reply> => {
    const [path = '', query = ''] = (request.url ?? '').split('?', 2);
    const { method = '' } = request;
    const refusal = refuseAccess(asked(request), mayAsk());
    if (refusal !== undefined) return refusal;
    const route = routes.get(path);
    if (route === undefined) return NOT_FOUND;
    if (!route.methods.includes(method)) {
      return textReply(405, 'method not allowed', { allow: route.methods.join(', ') });
    }
    try {
      return await route.run(request, new URLSearchParams(query));
    } catch (error) {
      notice(deps.events, 'management request failed', error);
      return textReply(500, 'internal error');
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
      void reply(request).then((answer) => sendReply(request, response, answer));
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
      boundAddress = host;
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

function asked({ url = '', method = '', headers, socket }: IncomingMessage): AccessRequest {
  const [path = ''] = url.split('?', 1);
  const { host, authorization } = headers;
  return { path, method, host, authorization, peerAddress: socket.remoteAddress };
}

function addressText({ host, port }: ManagementOptions['address']): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

function notice(events: EventSink, what: string, error: unknown): void {
  const detail = error instanceof Error ? error.message : 'no error object';
  events({ kind: 'notice', level: 'error', text: what, fields: { detail } });
}
