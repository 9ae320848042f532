/**
 * Between TCP and TLS: which connections are worth a handshake. Whoever has too many, or begins too
 * many, is closed, and so is everybody where the process can't do more.
 */

import type { Socket } from 'node:net';
import { createAddressSet } from '../http/address-set.ts';
import type { AddressRange } from '../http/address-set.ts';
import { networkOf } from '../http/network.ts';
import type { AddressCounts, AddressLimits } from '../limits/address-limits.ts';
import type { Overload } from '../limits/overload.ts';
import type { EventSink } from '../telemetry/events.ts';
import type { Arrival } from './socket.ts';

export interface ArrivalLimitsOptions extends AddressLimits {
  readonly listener: string;
  /** Clients to which the limits per address do not apply. */
  readonly exempt: readonly AddressRange[];
  /** Load balancers, which are exempt as peers; not a client whose address they tell. */
  readonly balancers: readonly AddressRange[];
}

type Refusal = Exclude<ReturnType<AddressCounts['enter']>, 'taken'> | 'overloaded';

export interface ArrivalLimitsDeps {
  /** Takes the connection over. */
  readonly onArrival: (arrival: Arrival) => void;
  readonly counts: AddressCounts;
  readonly overload: Pick<Overload, 'connect' | 'disconnect'> | undefined;
  readonly events: EventSink;
}

/**
 * A client that is closed under overload has a new connection in the next millisecond, and many of
 * them are a load of their own. So they wait for so long, as many as that.
 */
const HOLD_MS = 1_000;
const MAX_HELD = 1_000;

/** Exactly one of `onArrival` and a `connection_refused` event follows. */
export function createArrivalLimits(
  options: ArrivalLimitsOptions,
  { onArrival, counts, overload, events }: ArrivalLimitsDeps,
): (arrival: Arrival) => void {
  const { listener, maxConnections, handshakes } = options;
  const exempt = createAddressSet(options.exempt);
  const balancers = createAddressSet(options.balancers);
  const isLimited = maxConnections !== undefined || handshakes !== undefined;

  let held = 0;

  const hold = (socket: Socket): void => {
    if (held >= MAX_HELD) return void socket.destroy();
    held += 1;
    const timer = setTimeout(() => socket.destroy(), HOLD_MS);
    socket.once('close', () => {
      clearTimeout(timer);
      held -= 1;
    });
  };

  const refuse = ({ socket, peerAddress, socketAddress }: Arrival, reason: Refusal): void => {
    if (reason === 'overloaded') hold(socket);
    else socket.destroy();
    const detail = TEXTS[reason];
    events({ kind: 'connection_refused', listener, peerAddress, socketAddress, reason, detail });
  };

  /** The address that counts; undefined where none does. */
  const countedAddress = ({ peerAddress, socketAddress }: Arrival): string | undefined => {
    if (!isLimited || exempt.has(peerAddress)) return undefined;
    // Its health checks, and clients of one that tells no address.
    if (peerAddress === socketAddress && balancers.has(socketAddress)) return undefined;
    return networkOf(peerAddress);
  };

  return (arrival) => {
    const { socket } = arrival;
    // It left while its PROXY header was read; its `close` has been told already.
    if (socket.closed) return onArrival(arrival);
    const address = countedAddress(arrival);
    if (address !== undefined) {
      const outcome = counts.enter(address, { maxConnections, handshakes }, performance.now());
      if (outcome !== 'taken') return refuse(arrival, outcome);
      socket.on('close', () => counts.leave(address));
    }
    if (overload !== undefined) {
      if (!overload.connect()) return refuse(arrival, 'overloaded');
      socket.on('close', overload.disconnect);
    }
    onArrival(arrival);
  };
}

const TEXTS: Readonly<Record<Refusal, string>> = {
  connections_exceeded: 'more than limits.max_connections_per_address',
  handshakes_exceeded: 'more than limits.max_handshakes_per_address',
  overloaded: 'the process is overloaded',
};
