/**
 * Makes connections only to allowed addresses. The addresses are judged where they are used: those
 * that the resolver hands to the socket, and the one that the socket has in the end. A name that
 * resolves differently from one moment to the next gains nothing.
 */

import { lookup } from 'node:dns';
import type { LookupAddress, LookupOptions } from 'node:dns';
import type { LookupFunction } from 'node:net';

import { buildConnector } from 'undici';

import { FetchError } from '../errors.ts';
import { addressProblem } from './address-rules.ts';

export interface ConnectRules {
  readonly allowPrivateAddresses: boolean;
  /** PEM certificates of the only CAs to believe; undefined: the public roots. */
  readonly caPems: readonly string[] | undefined;
  readonly timeoutMs: number;
  /** Ends a connection that is still being made. */
  readonly signal: AbortSignal;
}

/** A connector for undici. The server's certificate is always verified. */
export function guardedConnect(rules: ConnectRules): buildConnector.connector {
  const connect = buildConnector({
    allowH2: false,
    maxCachedSessions: 0,
    timeout: rules.timeoutMs,
    lookup: guardedLookup(rules),
    minVersion: 'TLSv1.2',
    rejectUnauthorized: true,
    ...(rules.caPems === undefined ? {} : { ca: [...rules.caPems] }),
  });
  return (options, callback) => {
    // undici's types say that nothing is returned, yet it is the socket, connecting.
    const socket: unknown = connect(options, (...outcome) => {
      const [error, connected] = outcome;
      if (error !== null || connected === null) return callback(...outcome);
      const address = connected.remoteAddress ?? '';
      const problem = addressProblem(address, rules);
      if (problem === undefined) return callback(null, connected);
      connected.destroy();
      callback(new FetchError('fetch_refused', `address ${address} ${problem}`), null);
    });
    const { signal } = rules;
    const destroy = (socket as { destroy?: () => void } | undefined)?.destroy?.bind(socket);
    if (destroy === undefined) return;
    if (signal.aborted) destroy();
    else signal.addEventListener('abort', () => destroy(), { once: true });
  };
}

/** `dns.lookup` that gives no answer when one of the addresses is not allowed. */
function guardedLookup(rules: ConnectRules): LookupFunction {
  return (hostname, options, callback) => {
    const all: LookupOptions & { all: true } = { ...options, all: true };
    lookup(hostname, all, (error, addresses) => {
      if (error !== null) return callback(error, []);
      const refusal = refusalOf(hostname, addresses, rules);
      const [first] = addresses;
      if (refusal !== undefined || first === undefined) {
        return callback(refusal ?? noAddress(hostname), []);
      }
      if (options.all === true) return callback(null, addresses);
      callback(null, first.address, first.family);
    });
  };
}

/**
 * One address that is not allowed refuses the name as a whole: no honest name has public and
 * private addresses at once.
 */
function refusalOf(
  hostname: string,
  addresses: readonly LookupAddress[],
  rules: ConnectRules,
): FetchError | undefined {
  for (const { address } of addresses) {
    const problem = addressProblem(address, rules);
    if (problem === undefined) continue;
    const detail = `${hostname} resolves to ${address}, which ${problem}`;
    return new FetchError('fetch_refused', detail);
  }
  return undefined;
}

function noAddress(hostname: string): FetchError {
  return new FetchError('fetch_failed', `${hostname} resolves to nothing`);
}
