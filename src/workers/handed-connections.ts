/**
 * Connections on their way to a worker that ends before it has taken them. Node forgets them: it
 * waits for ever for a word of that worker, and the client for an answer. Here each of them gets the
 * answer that Node waits for, "not taken", and goes to another worker; not a byte of it has been read.
 */

import type { Worker } from 'node:cluster';

/** What Node's cluster tells a worker with each connection (internal/cluster/round_robin_handle). */
interface HandedConnection {
  readonly cmd: 'NODE_CLUSTER';
  readonly act: 'newconn';
  readonly seq: number;
}

interface Channel {
  send(message: unknown, ...rest: readonly unknown[]): boolean;
  on(event: 'internalMessage', listener: (message: { readonly ack?: number }) => void): unknown;
  emit(event: 'internalMessage', message: object): boolean;
}

/**
 * Must be called before the worker gets its first connection.
 *
 * @returns those that are on their way to it.
 */
export function takeBackConnections(worker: Worker): { readonly size: number } {
  const channel = worker.process as unknown as Channel;
  const handed = new Set<number>();
  const send = channel.send.bind(channel);
  channel.send = (message, ...rest) => {
    if (isHandedConnection(message)) handed.add(message.seq);
    return send(message, ...rest);
  };
  channel.on('internalMessage', ({ ack }) => {
    if (ack !== undefined) handed.delete(ack);
  });
  worker.once('exit', () => {
    // Node has taken the worker off its list by now: none of them comes back to it.
    for (const ack of handed) {
      channel.emit('internalMessage', { cmd: 'NODE_CLUSTER', ack, accepted: false });
    }
  });
  return handed;
}

function isHandedConnection(message: unknown): message is HandedConnection {
  if (typeof message !== 'object' || message === null) return false;
  const { cmd, act, seq } = message as Partial<Record<string, unknown>>;
  return cmd === 'NODE_CLUSTER' && act === 'newconn' && typeof seq === 'number';
}
