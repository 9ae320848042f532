/**
 * What becomes of the connections of a listener by one set of rules: TLS, then HTTP, each in a file
 * of its own. A reload that changes the rules puts another engine in its place; connections stay
 * with the one they began with.
 */

import type { ListenerConfig } from '../config/schema.ts';
import type { AddressRange } from '../http/address-set.ts';
import type { ConnectionFacts, Exchange } from '../http/exchange.ts';
import type { EventSink } from '../telemetry/events.ts';
import type { AddressCounts } from '../limits/address-limits.ts';
import type { Overload } from '../limits/overload.ts';
import { createArrivalLimits } from './arrival-limits.ts';
import { createHttpEngine } from './http.ts';
import { createHttp2Engine } from './http2.ts';
import { misuse } from './misuse.ts';
import { createPendingHandshakes } from './pending-handshakes.ts';
import { createProxyStage } from './proxy-protocol/proxy-stage.ts';
import type { SessionMemory } from './session-memory.ts';
import type { Arrival } from './socket.ts';
import { createVirtualHosts } from './virtual-hosts.ts';
import type { NamedIdentity, ServerIdentity, VirtualHostsOptions } from './virtual-hosts.ts';

export interface EngineOptions {
  /** Of the listener. */
  readonly name: string;
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
  /** Load balancers in front, to which the limits per address do not apply. */
  readonly balancers?: readonly AddressRange[];
}

export interface EngineDeps {
  /** Answers one exchange. Should it reject or not answer, the connection is destroyed. */
  readonly handle: (exchange: Exchange) => Promise<void>;
  /** Called once per finished handshake, before its first request. */
  readonly onSecure: (facts: ConnectionFacts) => void;
  /** Told of everything else that becomes of a connection; never of a handled request. */
  readonly events: EventSink;
  readonly memory: SessionMemory;
  /** Shared by all engines of the listener. */
  readonly counts: AddressCounts;
  /** Says when the process can take no more; absent where only the limits of the listener count. */
  readonly overload?: Pick<Overload, 'connect' | 'disconnect'>;
}

export interface Engine {
  receive(arrival: Arrival): void;
  /**
   * From now on every connection is told that it ends: HTTP/1.1 with its next answer, HTTP/2 at once
   * (GOAWAY). Nobody who has not been told is cut off. The engine ends with its last connection, and not
   * before `accepted`: none comes after that.
   */
  retire(accepted?: Promise<void>): void;
  /** Ends connections that wait between two requests, and from now on those that come to do so. */
  endIdle(): void;
  /** Ends every connection without a request in the hands of the handler. */
  endUnused(): void;
  /** Resolves when a retired engine has ended, and its timers with it. */
  readonly ended: Promise<void>;
}

/** @throws StartError when certificate, key or a client CA can't be used. */
export function createEngine(options: EngineOptions, deps: EngineDeps): Engine {
  const { name, limits, proxyProtocol, balancers = [] } = options;
  const { events } = deps;
  const ended = Promise.withResolvers<void>();
  let connections = 0;
  let isRetired = false;
  let endsIdle = false;

  const pending = createPendingHandshakes(
    { listener: name, max: limits.max_pending_handshakes, timeoutMs: limits.handshake_timeout },
    events,
  );
  const onSecure: Parameters<typeof createVirtualHosts>[1]['onSecure'] = (socket, facts) => {
    try {
      deps.onSecure(facts);
    } catch (error) {
      // A bug, which a client's certificate must not turn into the end of the process.
      events(misuse(name, 'a finished handshake could not be told', error));
      socket.destroy();
      return;
    }
    // A client that agreed on nothing speaks HTTP/1.1.
    (facts.httpProtocol === 'h2' ? http2 : http1).serve(socket, facts);
  };
  const tls = createVirtualHosts(
    {
      listener: name,
      identity: options.identity,
      named: options.named,
      sessions: options.sessions,
      shownCaPems: options.shownCaPems,
      tlsMinVersion: options.tlsMinVersion,
      onlyRecommendedCiphers: options.onlyRecommendedCiphers,
      handshakeTimeoutMs: limits.handshake_timeout,
      alpnProtocols: options.http2 ? ['h2', 'http/1.1'] : ['http/1.1'],
    },
    { pending, onSecure, events, memory: deps.memory },
  );
  const ofBoth = { handle: deps.handle, events, isStopping: () => isRetired };
  const http1 = createHttpEngine(
    { limits, takesUpgrades: options.takesUpgrades },
    { ...ofBoth, endsIdle: () => endsIdle },
  );
  const http2 = createHttp2Engine({ limits }, ofBoth);
  const admit = createArrivalLimits(
    {
      listener: name,
      maxConnections: limits.max_connections_per_address,
      handshakes: limits.max_handshakes_per_address,
      exempt: limits.exempt_addresses,
      balancers: [...balancers, ...(proxyProtocol?.peers ?? [])],
    },
    { onArrival: tls.handshake, counts: deps.counts, overload: deps.overload, events },
  );
  const proxy =
    proxyProtocol &&
    createProxyStage(
      {
        listener: name,
        peers: proxyProtocol.peers,
        // The header takes its time from that of the handshake.
        headerTimeoutMs: Math.min(proxyProtocol.header_timeout, limits.handshake_timeout),
      },
      { onArrival: admit, events },
    );
  const receive = proxy?.receive ?? admit;

  const end = (): void => {
    http1.close();
    http2.close();
    tls.close();
    ended.resolve();
  };

  const leave = (): void => {
    connections -= 1;
    if (isRetired && connections === 0) end();
  };

  return {
    receive: (arrival) => {
      connections += 1;
      arrival.socket.on('close', leave);
      receive(arrival);
    },
    retire: (accepted = Promise.resolve()) => {
      if (isRetired) return;
      isRetired = true;
      // Whatever is behind the stream that GOAWAY names was not looked at, and clients send it again
      // (RFC 9113 section 6.8). HTTP/1.1 has no such word for a connection that is idle.
      http2.closeIdle();
      connections += 1;
      void accepted.then(leave);
    },
    endIdle: () => {
      endsIdle = true;
      http1.closeIdle();
    },
    endUnused: () => {
      proxy?.abort();
      pending.abort();
      for (const engine of [http1, http2]) engine.closeUnused();
    },
    ended: ended.promise,
  };
}
