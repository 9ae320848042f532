/**
 * Refuses a request for a host whose rules are not those of its connection. The handshake chose them
 * by the server name; without this, a client that connects to a name of mild rules could ask for a
 * host of strict ones.
 */

import { RequestError } from '../errors.ts';
import type { ConnectionFacts, Exchange } from '../http/exchange.ts';
import { createServerNameTable } from '../http/server-names.ts';

export interface NamedRules {
  readonly names: readonly string[];
  readonly clientCertificate: ConnectionFacts['clientCertificateMode'];
}

/** What one listener demands of whom. */
export interface ListenerRules {
  readonly name: string;
  /** For every name that no entry has. */
  readonly clientCertificate: ConnectionFacts['clientCertificateMode'];
  /** Its `server_names`. */
  readonly named: readonly NamedRules[];
}

/**
 * Asked at every request: a connection may carry several hosts (RFC 9110 section 7.4), also such
 * that HTTP/2 clients put together because one certificate has both (RFC 9113 section 9.1.1).
 */
export type AuthorityGuard = (exchange: Pick<Exchange, 'host' | 'connection'>) => void;

export type ListenerModes = (
  connection: Pick<ConnectionFacts, 'listener' | 'clientCertificateMode'>,
) => ConnectionFacts['clientCertificateMode'];

/**
 * The mode by which a request is judged: that of its connection, unless certificates are demanded
 * since. Where the mode depends on the host, the guard below turns such connections away.
 */
export function createListenerModes(listeners: readonly ListenerRules[]): ListenerModes {
  const strict = new Set(
    listeners
      .filter(
        ({ named, clientCertificate }) => named.length === 0 && clientCertificate === 'require',
      )
      .map(({ name }) => name),
  );
  return ({ listener, clientCertificateMode: mode }) => (strict.has(listener) ? 'require' : mode);
}

/** @returns a guard that throws RequestError 421 (RFC 9110 section 15.5.20). */
export function createAuthorityGuard(listeners: readonly ListenerRules[]): AuthorityGuard {
  const guarded = new Map(
    listeners
      .filter(({ named }) => named.length > 0)
      .map((listener) => [
        listener.name,
        { listener, table: createServerNameTable(listener.named) },
      ]),
  );
  return ({ host, connection }) => {
    const found = guarded.get(connection.listener);
    if (found === undefined) return;
    const entry = found.table.find(withoutPort(host));
    const { clientCertificate } = entry ?? found.listener;
    // Hosts with the same rules may share a connection; CAs and all else belong to the listener.
    if (clientCertificate === connection.clientCertificateMode) return;
    throw new RequestError({
      status: 421,
      code: 'misdirected_request',
      reason: 'authority_mismatch',
      publicText: 'this host is not served on this connection, connect to it anew',
      detail: `host ${host} on a connection to ${connection.serverName ?? 'no server name'}`,
    });
  };
}

/** A host as the listener lets it pass: lower case, an IPv6 address in brackets. */
function withoutPort(host: string): string {
  return host.replace(/:\d*$/, '');
}
