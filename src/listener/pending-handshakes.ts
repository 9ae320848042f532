/**
 * The connections whose handshake isn't over, from accept on: how many there may be, how long each
 * may take, and the one event of each that fails.
 */

import type { Socket } from 'node:net';
import type { EventSink } from '../telemetry/events.ts';
import type { HandshakeFailure } from './handshake-failure.ts';
import type { Arrival } from './socket.ts';

export interface PendingHandshakesOptions {
  readonly listener: string;
  readonly max: number;
  /** From accept to the end of the handshake. */
  readonly timeoutMs: number;
}

export interface PendingHandshakes {
  /** From now on the connection ends in `settle` or in one event, whatever becomes of it. */
  begin(arrival: Arrival): void;
  /** The handshake is over; undefined where the connection was given up before. */
  settle(socket: Socket): Arrival | undefined;
  /** Destroys the connection and tells why. */
  fail(socket: Socket, failure: HandshakeFailure): void;
  find(socket: Socket): Arrival | undefined;
  /** Gives up all of them. */
  abort(): void;
}

export function createPendingHandshakes(
  options: PendingHandshakesOptions,
  events: EventSink,
): PendingHandshakes {
  const { listener, max, timeoutMs } = options;
  // In the order of accept.
  const pending = new Map<Socket, { readonly arrival: Arrival; readonly timer: NodeJS.Timeout }>();

  const settle = (socket: Socket): Arrival | undefined => {
    const entry = pending.get(socket);
    if (entry === undefined) return undefined;
    clearTimeout(entry.timer);
    pending.delete(socket);
    return entry.arrival;
  };

  const fail = (socket: Socket, { reason, detail }: HandshakeFailure): void => {
    const arrival = settle(socket);
    if (arrival === undefined) return;
    socket.destroy();
    events({
      kind: 'handshake_failed',
      listener,
      peerAddress: arrival.peerAddress,
      socketAddress: arrival.socketAddress,
      durationSeconds: (performance.now() - arrival.acceptedAt) / 1_000,
      reason,
      detail,
    });
  };

  // The oldest goes, not the newcomer: else whoever stalls enough of them locks everybody out. A
  // client that goes on with its handshake is long through when its turn would come.
  const displaceOldest = (): void => {
    const [oldest] = pending.keys();
    if (oldest === undefined) return;
    fail(oldest, {
      reason: 'handshake_displaced',
      detail: `more than ${max} handshakes at once, this was the oldest`,
    });
  };

  return {
    begin: (arrival) => {
      const { socket, acceptedAt } = arrival;
      if (pending.size >= max) displaceOldest();
      const timer = setTimeout(
        () => fail(socket, { reason: 'handshake_timeout', detail: `not over in ${timeoutMs} ms` }),
        Math.max(0, acceptedAt + timeoutMs - performance.now()),
      );
      pending.set(socket, { arrival, timer });
      socket.once('close', () => {
        fail(socket, { reason: 'handshake_reset', detail: 'closed before the handshake was over' });
      });
    },
    settle,
    fail,
    find: (socket) => pending.get(socket)?.arrival,
    abort: () => {
      for (const socket of pending.keys()) {
        fail(socket, { reason: 'shutting_down', detail: 'the listener stops' });
      }
    },
  };
}
