/**
 * Asks the upstream to go on with a client in another protocol. Each request has a connection of its
 * own, which no pool ever sees: what is left on it belongs to nobody else.
 */

import type { ClientRequest, IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { duplexPair } from 'node:stream';
import type { Duplex } from 'node:stream';

import { createProxyServer } from 'http-proxy';

import { UpstreamError } from '../errors.ts';
import type { HeaderList } from '../http/exchange.ts';
import { fieldPairs } from '../http/header-list.ts';
import { endToEndFields } from '../http/hop-by-hop.ts';
import type { LeaveSignal } from '../http/leave-signal.ts';
import { acceptsWebSocket, webSocketKey } from '../http/web-socket.ts';
import type { Trace } from '../http/trace.ts';
import { clientGone, invalidAnswer, upstreamFailure } from './failure.ts';
import type { UpstreamAnswer, UpstreamObserver } from './forward.ts';
import type { PoolOptions } from './pool.ts';

export interface UpgradeRequest {
  /** Path and query, as the upstream shall see them. */
  readonly target: string;
  /** End-to-end fields, the key of the WebSocket among them. */
  readonly headers: HeaderList;
  /** Aborted when the client leaves before it is answered. */
  readonly signal: LeaveSignal;
  /** The trace of the request that this one is made for. */
  readonly trace?: Trace | undefined;
}

/** The upstream's consent. */
export interface SwitchedAnswer {
  readonly status: 101;
  readonly headers: HeaderList;
  /** What the upstream says from here on; destroying it ends the connection. */
  readonly tunnel: Duplex;
}

export interface Upgrader {
  /** @throws UpstreamError as upstream/failure.ts maps it, 503 when too many tunnels are open. */
  ask(request: UpgradeRequest): Promise<SwitchedAnswer | UpstreamAnswer>;
  /** Ends all tunnels. */
  destroy(): void;
}

/** The time an upstream gets to end its side of a tunnel. */
const LINGER_MS = 1_000;

/** What the library writes to its client before it joins the two. */
const LIBRARY_HEAD = 'HTTP/1.1 101 Switching Protocols\r\n\r\n';

/** @param options of the pool for ordinary requests; `maxConnections` bounds the tunnels apart. */
export function createUpgrader(options: PoolOptions, observe: UpstreamObserver): Upgrader {
  const open = new Set<Duplex>();
  return {
    ask: async (asked) => {
      if (open.size >= options.maxConnections) throw overloaded(open.size);
      const leg = asked.trace?.begin('GET');
      const request = { ...asked, headers: [...asked.headers, ...(leg?.headers ?? [])] };
      const started = performance.now();
      const seconds = (): number => (performance.now() - started) / 1_000;
      // The library writes to its client by itself. It gets this end instead, and the gateway the other.
      const [near, far] = duplexPair();
      near.on('error', () => {});
      far.on('error', () => {});
      open.add(near);
      near.once('close', () => open.delete(near));
      const leave = (): void => void near.destroy();
      request.signal.addEventListener('abort', leave);
      try {
        const answer = await throughLibrary(request, options, { near, far });
        observe('answered', seconds());
        leg?.end({ status: answer.status });
        return answer;
      } catch (error) {
        near.destroy();
        const isGone = request.signal.aborted;
        const failure = isGone ? clientGone(error) : asUpstreamError(error);
        leg?.end({ failure: failure.reason });
        if (!isGone) observe('failed', seconds());
        throw failure;
      } finally {
        request.signal.removeEventListener('abort', leave);
      }
    },
    destroy: () => {
      for (const near of open) near.destroy();
    },
  };
}

function asUpstreamError(error: unknown): UpstreamError {
  return error instanceof UpstreamError ? error : upstreamFailure(error);
}

interface Ends {
  readonly near: Duplex;
  readonly far: Duplex;
}

async function throughLibrary(
  { target, headers }: UpgradeRequest,
  options: PoolOptions,
  { near, far }: Ends,
): Promise<SwitchedAnswer | UpstreamAnswer> {
  const { promise, resolve, reject } = Promise.withResolvers<SwitchedAnswer | UpstreamAnswer>();
  const proxy = createProxyServer({
    target: options.origin,
    secure: true,
    upgradeTimeout: options.connectTimeoutMs + options.responseTimeoutMs,
    ...(options.caPems === undefined ? {} : { ca: options.caPems.join('\n') }),
  });
  let switched: HeaderList = [];
  proxy.on('error', reject);
  // These listeners come before the library's own.
  proxy.on('proxyReqWs', (outgoing: ClientRequest) => {
    near.once('close', () => void outgoing.destroy());
    outgoing.once('response', (answer) => {
      // Says that it is dealt with: the library would write it to its client.
      Object.assign(answer, { upgrade: true });
      answer.socket.setTimeout(options.bodyIdleTimeoutMs, () => void answer.destroy());
      answer.on('error', () => {});
      answer.once('close', () => void near.destroy());
      const status = answer.statusCode ?? 0;
      const fields = endToEndFields(fieldPairs(answer.rawHeaders));
      if (status <= 599) resolve({ status, headers: fields, body: answer });
      else reject(invalidAnswer(`status ${status}`));
    });
    outgoing.once('upgrade', (answer, socket) => {
      joinEnds({ near, far }, socket);
      const fields = fieldPairs(answer.rawHeaders);
      if (acceptsWebSocket(fields, webSocketKey(headers) ?? '')) switched = endToEndFields(fields);
      else reject(invalidAnswer('101 that does not accept the WebSocket'));
      // The gateway writes the head: the library would pass on every field.
      answer.headers = {};
    });
  });
  proxy.on('open', () => {
    near.read(LIBRARY_HEAD.length);
    resolve({ status: 101, headers: switched, tunnel: near });
  });
  const asked = {
    method: 'GET',
    url: target,
    headers: upgradeFields(headers),
    httpVersionMajor: 1,
  };
  proxy.ws(asked as IncomingMessage, socketOf(far), {}).catch(reject);
  return promise;
}

/** No end outlives the other: the library joins the two, but lets go of neither. */
function joinEnds({ near, far }: Ends, socket: Socket): void {
  socket.once('error', (error) => void near.destroy(error));
  socket.once('close', () => void far.end());
  near.once('close', () => {
    const timer = setTimeout(() => socket.destroy(), LINGER_MS);
    socket.once('close', () => clearTimeout(timer));
  });
}

/** The fields as the library takes them, asking for the upgrade in our own words. */
function upgradeFields(headers: HeaderList): IncomingMessage['headers'] {
  // A field may be named like a member of every object.
  const fields = new Map<string, string[]>();
  for (const [name, value] of headers) {
    const key = name.toLowerCase();
    fields.set(key, [...(fields.get(key) ?? []), value]);
  }
  return { ...Object.fromEntries(fields), connection: 'Upgrade', upgrade: 'websocket' };
}

/** The library sets the options of a TCP socket on its client; a stream has none. */
function socketOf(far: Duplex): Socket {
  const none = (): Duplex => far;
  return Object.assign(far, {
    setTimeout: none,
    setNoDelay: none,
    setKeepAlive: none,
  }) as unknown as Socket;
}

function overloaded(tunnels: number): UpstreamError {
  return new UpstreamError({
    status: 503,
    reason: 'overloaded',
    publicText: 'the service is overloaded, try again later',
    detail: `${tunnels} tunnels to the upstream are open already`,
  });
}
