/**
 * One certificate of a listener with its mode: for one entry of `server_names`, or for every other
 * name. It has a TLS engine of its own, since Node asks for client certificates by engine and not by
 * name; tickets of one are worthless at the others.
 */

import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { ConnectionFacts } from '../http/exchange.ts';
import type { ClientHello } from './client-hello.ts';
import type { SeenHello } from './connection-facts.ts';
import type { SessionMemory } from './session-memory.ts';
import { createTicketKeys } from './ticket-keys.ts';
import { createTlsEngine } from './tls.ts';
import type { TlsEngine, TlsEngineDeps, TlsEngineOptions } from './tls.ts';

export interface SessionOptions {
  /** No session lives longer; a key of tickets does twice as long. */
  readonly lifetimeMs: number;
  /** Shared by the gateways that take each other's tickets; that of the memory where undefined. */
  readonly secret: Uint8Array | undefined;
}

export interface VirtualHostOptions extends Omit<TlsEngineOptions, 'sessionLifetimeMs'> {
  /** Undefined where no session is resumed. */
  readonly sessions: SessionOptions | undefined;
}

export interface VirtualHostDeps extends TlsEngineDeps {
  readonly memory: SessionMemory;
}

/** What was seen of a ClientHello; undefined where nobody looked. */
export type PeekedHello = ClientHello | 'unreadable' | undefined;

export interface VirtualHost {
  /** Goes on with a pending connection. */
  handshake(socket: Socket, hello: PeekedHello): void;
  close(): void;
}

/** @throws StartError when certificate, key or a CA can't be used. */
export function createVirtualHost(options: VirtualHostOptions, deps: VirtualHostDeps): VirtualHost {
  const { sessions } = options;
  return sessions === undefined
    ? withoutSessions(options, deps)
    : withSessions(options, sessions, deps);
}

function withoutSessions(options: VirtualHostOptions, deps: VirtualHostDeps): VirtualHost {
  const engine = createTlsEngine({ ...options, sessionLifetimeMs: undefined }, deps);
  return {
    handshake: (socket, hello) => engine.handshake(socket, seen(hello, [])),
    close: () => {},
  };
}

function withSessions(
  options: VirtualHostOptions,
  { lifetimeMs, secret }: SessionOptions,
  { memory, ...deps }: VirtualHostDeps,
): VirtualHost {
  const { listener, virtualHost = null, clientCertificate } = options;
  // With the mode: a session that began without being asked for a certificate is worth nothing
  // where one is demanded since, and its client would never be asked.
  const purpose = JSON.stringify([listener, virtualHost, clientCertificate]);
  const ticketKeys = createTicketKeys({ secret: secret ?? memory.secret, purpose, lifetimeMs });
  const record = memory.recordOf(purpose, lifetimeMs);
  const onSecure = (socket: TLSSocket, facts: ConnectionFacts): void => {
    if (!facts.isResumed) record.keep(facts.certificates);
    deps.onSecure(socket, facts);
  };
  const open = (sessionLifetimeMs: number | undefined) =>
    createTlsEngine({ ...options, sessionLifetimeMs }, { ...deps, onSecure });
  const engine = open(lifetimeMs);
  // Node gives an engine one key: who comes with a ticket of the one before comes to this engine.
  const previousEngine = open(lifetimeMs);
  // OpenSSL can't be told to leave one ticket alone: who must not resume comes to this engine.
  const fullEngine = open(undefined);
  ticketKeys.start(({ current, previous }) => {
    engine.setTicketKeys(current);
    previousEngine.setTicketKeys(previous);
  });

  const engineFor = (tickets: readonly Buffer[], isKnown: boolean): TlsEngine => {
    // The engine of today can't open them, and gives out tickets of its own key: were they renewed
    // under the old one, all clients would come for a full handshake at the next change.
    if (ticketKeys.areOfPrevious(tickets)) return isKnown ? previousEngine : engine;
    return isKnown ? engine : fullEngine;
  };

  return {
    handshake: (socket, hello) => {
      const tickets = hello === undefined || hello === 'unreadable' ? [] : hello.tickets;
      const chains = record.offered(tickets, ticketKeys.open);
      const chosen = engineFor(tickets, chains !== undefined);
      chosen.handshake(socket, seen(hello, chains ?? []));
    },
    close: ticketKeys.close,
  };
}

function seen(hello: PeekedHello, chains: SeenHello['chains']): SeenHello | undefined {
  if (hello === undefined) return undefined;
  if (hello === 'unreadable') return { serverName: 'unreadable', chains };
  return { serverName: { name: hello.serverName }, chains };
}
