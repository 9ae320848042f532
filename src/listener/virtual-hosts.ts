/** Which certificate and mode a connection gets, told from the server name in its ClientHello. */

import type { ConnectionFacts } from '../http/exchange.ts';
import { createServerNameTable } from '../http/server-names.ts';
import { peekClientHello } from './peek-hello.ts';
import type { Arrival } from './socket.ts';
import { createVirtualHost } from './virtual-host.ts';
import type {
  PeekedHello,
  SessionOptions,
  VirtualHostDeps,
  VirtualHostOptions,
} from './virtual-host.ts';

/** A certificate with the mode of the connections that get it. */
export interface ServerIdentity {
  /** The server certificate, followed by its intermediates. */
  readonly certificatePem: string;
  readonly privateKeyPem: string;
  readonly clientCertificate: ConnectionFacts['clientCertificateMode'];
}

export interface NamedIdentity extends ServerIdentity {
  /** Exact names and wildcards of one label. */
  readonly names: readonly string[];
}

export interface VirtualHostsOptions extends Omit<
  VirtualHostOptions,
  'virtualHost' | 'sessions' | keyof ServerIdentity
> {
  /** For clients that name no server, and for every name that none of the others has. */
  readonly identity: ServerIdentity;
  readonly named: readonly NamedIdentity[];
  /** `isOn` undefined: only where no certificate is asked for. */
  readonly sessions: SessionOptions & { readonly isOn: boolean | undefined };
}

export interface VirtualHosts {
  /** The end of the handshake is `onSecure` or one event. */
  handshake(arrival: Arrival): void;
  close(): void;
}

/** @throws StartError when a certificate, a key or a CA can't be used. */
export function createVirtualHosts(
  { identity, named, sessions, ...shared }: VirtualHostsOptions,
  deps: VirtualHostDeps,
): VirtualHosts {
  const resumes = ({ clientCertificate }: ServerIdentity): boolean =>
    sessions.isOn ?? clientCertificate === 'off';
  const open = (own: ServerIdentity, virtualHost: string | undefined) =>
    createVirtualHost(
      { ...shared, ...own, virtualHost, sessions: resumes(own) ? sessions : undefined },
      deps,
    );
  const rest = open(identity, undefined);
  const others = named.map(({ names, ...own }) => ({ names, host: open(own, names[0]) }));
  const table = createServerNameTable(others);
  const hostOf = (hello: PeekedHello) => {
    const name = hello === undefined || hello === 'unreadable' ? undefined : hello.serverName;
    return (name === undefined ? undefined : table.find(name)?.host) ?? rest;
  };
  // A resumed session needs the look too: TLS 1.2 does not tell its name, and neither its chain.
  const looks = named.length > 0 || resumes(identity);

  return {
    handshake: (arrival) => {
      const { socket } = arrival;
      deps.pending.begin(arrival);
      if (!looks) rest.handshake(socket, undefined);
      else peekClientHello(socket, (hello) => hostOf(hello).handshake(socket, hello));
    },
    close: () => {
      for (const { host } of others) host.close();
      rest.close();
    },
  };
}
