/** One address on which clients are served: TCP, then TLS, then HTTP, each in a file of its own. */

import type { ListenerConfig } from '../config/schema.ts';
import type { ConnectionFacts, Exchange } from '../http/exchange.ts';
import type { EventSink } from '../telemetry/events.ts';
import { createHttpEngine } from './http.ts';
import { createHttp2Engine } from './http2.ts';
import { misuse } from './misuse.ts';
import { createPendingHandshakes } from './pending-handshakes.ts';
import { createProxyStage } from './proxy-protocol/proxy-stage.ts';
import { createSocketServer } from './socket.ts';
import { createVirtualHosts } from './virtual-hosts.ts';
import type { NamedIdentity, ServerIdentity, VirtualHostsOptions } from './virtual-hosts.ts';

/** A client that has just come gets this long to send its first request when the listener stops. */
const UNUSED_GRACE_MS = 1_000;

export interface ListenerOptions {
  readonly name: string;
  readonly address: { readonly host: string; readonly port: number };
  /** For clients that name no server, and for every name that `named` does not have. */
  readonly identity: ServerIdentity;
  readonly named: readonly NamedIdentity[];
  readonly sessions: VirtualHostsOptions['sessions'];
  /** CAs whose names are shown to clients, one certificate each; most often none. */
  readonly shownCaPems: readonly string[];
  readonly tlsMinVersion: ListenerConfig['tls_min_version'];
  /** Whether TLS 1.2 is held to the four cipher suites that RFC 9325 section 4.2 recommends. */
  readonly onlyRecommendedCiphers?: boolean;
  /** Whether any route lets WebSockets pass; where none does, the listener refuses them itself. */
  readonly takesUpgrades: boolean;
  /** Whether HTTP/2 is agreed on with clients that ask for it. */
  readonly http2: boolean;
  /** Times in milliseconds. */
  readonly limits: ListenerConfig['limits'];
  /** Where given, every connection must begin with a PROXY header of a listed peer. */
  readonly proxyProtocol?: ListenerConfig['proxy_protocol'];
}

export interface ListenerDeps {
  /** Answers one exchange. Should it reject or not answer, the connection is destroyed. */
  readonly handle: (exchange: Exchange) => Promise<void>;
  /** Called once per finished handshake, before its first request. */
  readonly onSecure: (facts: ConnectionFacts) => void;
  /** Told of everything else that becomes of a connection; never of a handled request. */
  readonly events: EventSink;
}

export interface Listener {
  /**
   * Starts to accept; resolves to the address as bound.
   *
   * @throws StartError when the system refuses the address.
   */
  listen(): Promise<{ readonly host: string; readonly port: number }>;
  /**
   * Accepts no more, ends idle connections, closes the others after their answer, and destroys what
   * is left after `drainMs`. Resolves when no connection is left. Called again it can only shorten
   * the time.
   */
  stop(drainMs: number): Promise<void>;
  /** Open connections, unfinished handshakes included. */
  connections(): number;
}

/** @throws StartError when certificate, key or a client CA can't be used. */
export function createListener(options: ListenerOptions, deps: ListenerDeps): Listener {
  let stopped: Promise<void> | undefined;

  const pending = createPendingHandshakes(
    {
      listener: options.name,
      max: options.limits.max_pending_handshakes,
      timeoutMs: options.limits.handshake_timeout,
    },
    deps.events,
  );
  const tls = createVirtualHosts(
    {
      listener: options.name,
      identity: options.identity,
      named: options.named,
      sessions: options.sessions,
      shownCaPems: options.shownCaPems,
      tlsMinVersion: options.tlsMinVersion,
      onlyRecommendedCiphers: options.onlyRecommendedCiphers,
      handshakeTimeoutMs: options.limits.handshake_timeout,
      alpnProtocols: options.http2 ? ['h2', 'http/1.1'] : ['http/1.1'],
    },
    {
      pending,
      onSecure: (socket, facts) => {
        try {
          deps.onSecure(facts);
        } catch (error) {
          // A bug, which a client's certificate must not turn into the end of the process.
          deps.events(misuse(options.name, 'a finished handshake could not be told', error));
          socket.destroy();
          return;
        }
        // A client that agreed on nothing speaks HTTP/1.1.
        (facts.httpProtocol === 'h2' ? http2 : http1).serve(socket, facts);
      },
      events: deps.events,
    },
  );
  const engineDeps = {
    handle: deps.handle,
    events: deps.events,
    isStopping: () => stopped !== undefined,
  };
  const http1 = createHttpEngine(
    { limits: options.limits, takesUpgrades: options.takesUpgrades },
    engineDeps,
  );
  const http2 = createHttp2Engine({ limits: options.limits }, engineDeps);
  const engines = [http1, http2];
  const proxy =
    options.proxyProtocol &&
    createProxyStage(
      {
        listener: options.name,
        peers: options.proxyProtocol.peers,
        // The header takes its time from that of the handshake.
        headerTimeoutMs: Math.min(
          options.proxyProtocol.header_timeout,
          options.limits.handshake_timeout,
        ),
      },
      { onArrival: tls.handshake, events: deps.events },
    );
  const sockets = createSocketServer(
    {
      listener: options.name,
      address: options.address,
      maxConnections: options.limits.max_connections,
    },
    { onArrival: proxy?.receive ?? tls.handshake, events: deps.events },
  );

  const drain = async (): Promise<void> => {
    const closed = sockets.close();
    for (const engine of engines) engine.closeIdle();
    const unused = setTimeout(() => {
      proxy?.abort();
      pending.abort();
      for (const engine of engines) engine.closeUnused();
    }, UNUSED_GRACE_MS);
    await closed;
    clearTimeout(unused);
    for (const engine of engines) engine.close();
    tls.close();
  };

  return {
    listen: sockets.listen,
    stop: async (drainMs) => {
      stopped ??= drain();
      const deadline = setTimeout(sockets.destroyConnections, drainMs);
      await stopped;
      clearTimeout(deadline);
    },
    connections: sockets.connections,
  };
}
