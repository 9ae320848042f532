/**
 * Between TCP and TLS: takes the PROXY header off a connection and puts the client it names in the
 * place of the load balancer. Only listed peers are heard, and no connection goes on without a
 * header: where some might leave it out, a client that reaches the listener could write its own.
 */

import type { Socket } from 'node:net';
import { ProxyHeaderError } from '../../errors.ts';
import type { Reason } from '../../errors.ts';
import { createAddressSet } from '../../http/address-set.ts';
import type { AddressRange } from '../../http/address-set.ts';
import type { EventSink } from '../../telemetry/events.ts';
import { UNKNOWN_ADDRESS } from '../socket.ts';
import type { Arrival } from '../socket.ts';
import { visibleText } from '../visible-text.ts';
import type { ProxyExtensions } from './extensions.ts';
import { readProxyHeader } from './header.ts';
import type { ProxyHeader } from './header.ts';

export interface ProxyStageOptions {
  readonly listener: string;
  /** Compared with the address of the socket, never with one that was told. */
  readonly peers: readonly AddressRange[];
  /** Longest time from accept to the end of the header. */
  readonly headerTimeoutMs: number;
}

export interface ProxyStageDeps {
  /** Takes the connection over. The first byte it reads is the first one behind the header. */
  readonly onArrival: (arrival: Arrival) => void;
  readonly events: EventSink;
}

export interface ProxyStage {
  /** Exactly one of `onArrival` and a `connection_refused` event follows. */
  receive(arrival: Arrival): void;
  /** Gives up the connections whose header is not complete. */
  abort(): void;
}

export function createProxyStage(options: ProxyStageOptions, deps: ProxyStageDeps): ProxyStage {
  const peers = createAddressSet(options.peers);
  const pending = new Map<Socket, (reason: Reason, detail: string) => void>();

  const tellRefused = ({ socketAddress }: Arrival, reason: Reason, detail: string): void =>
    deps.events({
      kind: 'connection_refused',
      listener: options.listener,
      peerAddress: socketAddress,
      reason,
      detail,
    });

  const readHeader = (arrival: Arrival): void => {
    const { socket } = arrival;
    let received: Buffer = Buffer.alloc(0);

    const settle = (): void => {
      clearTimeout(timer);
      socket.off('readable', onReadable).off('close', onClose);
      pending.delete(socket);
    };
    const refuse = (reason: Reason, detail: string): void => {
      settle();
      socket.destroy();
      tellRefused(arrival, reason, detail);
    };
    const refuseIncomplete = (detail: string): void => {
      if (received.length === 0) refuse('proxy_header_absent', `${detail}, nothing came before`);
      else refuse('proxy_header_invalid', `${detail} after ${received.length} octets of it`);
    };
    const onClose = (): void => refuseIncomplete('closed before the end of the header');
    const onReadable = (): void => {
      const chunk = socket.read() as Buffer | null;
      if (chunk === null) return;
      received = received.length === 0 ? chunk : Buffer.concat([received, chunk]);
      let header: ProxyHeader | undefined;
      try {
        header = readProxyHeader(received);
      } catch (error) {
        if (error instanceof ProxyHeaderError) return refuse(error.reason, error.message);
        // A bug, which what a peer sends must not turn into the end of the process.
        return refuse('internal_error', visibleText(String(error)));
      }
      if (header === undefined) return;
      settle();
      const rest = received.subarray(header.length);
      if (rest.length > 0) socket.unshift(rest);
      const named = withClient(arrival, header);
      if (header.extensions !== undefined) tellExtensions(named, header.extensions);
      deps.onArrival(named);
    };

    const timer = setTimeout(
      () => refuseIncomplete('timed out before the end of the header'),
      options.headerTimeoutMs,
    );
    pending.set(socket, refuse);
    socket.on('readable', onReadable).on('close', onClose);
  };

  const tellExtensions = (arrival: Arrival, extensions: ProxyExtensions): void => {
    const fields = {
      listener: options.listener,
      peer: arrival.peerAddress,
      socket: arrival.socketAddress,
      ...extensionFields(extensions),
    };
    deps.events({ kind: 'notice', level: 'debug', text: 'a PROXY header had extensions', fields });
  };

  return {
    receive: (arrival) => {
      if (peers.has(arrival.socketAddress)) return readHeader(arrival);
      arrival.socket.destroy();
      if (arrival.socketAddress === UNKNOWN_ADDRESS) {
        tellRefused(arrival, 'proxy_header_absent', 'the peer left before its address was known');
      } else {
        tellRefused(arrival, 'proxy_peer_unlisted', 'not among the peers of proxy_protocol');
      }
    },
    abort: () => {
      for (const refuse of pending.values()) refuse('shutting_down', 'the listener stops');
    },
  };
}

/** A header that names no client leaves the address of the socket. */
function withClient(arrival: Arrival, { client }: ProxyHeader): Arrival {
  if (client === undefined) return arrival;
  return { ...arrival, peerAddress: client.address, peerPort: client.port };
}

/** For the log at its most talkative; a certificate that only the sender saw is no identity. */
function extensionFields({ alpn, authority, uniqueId, tls }: ProxyExtensions) {
  return {
    ...(alpn === undefined ? {} : { alpn }),
    ...(authority === undefined ? {} : { authority }),
    ...(uniqueId === undefined ? {} : { unique_id: uniqueId }),
    ...(tls === undefined ? {} : { certificate_at_sender: tls.hasCertificate }),
    ...(tls?.protocol === undefined ? {} : { protocol: tls.protocol }),
  };
}
