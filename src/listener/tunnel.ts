/** A connection that goes on in another protocol: two streams, of which nothing is read here. */

import type { Duplex } from 'node:stream';
import type { Delivery, HeaderList } from '../http/exchange.ts';
import { FieldNames } from '../http/field-names.ts';
import { writableFields } from './answer-head.ts';
import { endSoon } from './drain.ts';

export interface TunnelOptions {
  readonly socket: Duplex;
  /** What the client sent before it was answered; the tunnel gets it first. */
  readonly early: Uint8Array;
  /** Of the answer 101. */
  readonly headers: HeaderList;
  readonly tunnel: Duplex;
  /** Longest time in which nothing passes in either direction. */
  readonly idleMs: number;
}

/** The protocol switch is ours to declare, and a 101 has no body to frame (RFC 9110 section 15.2). */
const REPLACED = new FieldNames([
  'connection',
  'content-length',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/**
 * Answers 101 and joins client and tunnel. Resolves when both are over, to the bytes that went to
 * the client: `sent` when either side ended in order, `broken` when the tunnel failed. The end of
 * one side ends the other, after it has had what was said before.
 *
 * @throws Error for a field that can't be written; nothing has been then.
 */
export async function joinTunnel(options: TunnelOptions): Promise<Delivery> {
  const { socket, early, headers, tunnel, idleMs } = options;
  const head = headBytes(headers);
  const over = Promise.all([closeOf(socket), closeOf(tunnel)]);
  let bytes = 0;
  let outcome: Delivery['outcome'] = 'client_gone';

  const idle = setTimeout(() => {
    outcome = 'sent';
    endSoon(socket);
    tunnel.destroy();
  }, idleMs);
  tunnel.on('error', () => {
    outcome = 'broken';
  });
  tunnel.once('end', () => {
    outcome = 'sent';
    if (socket.closed) tunnel.destroy();
    else endSoon(socket);
  });
  tunnel.once('close', () => {
    if (!tunnel.readableEnded && outcome !== 'sent') socket.destroy();
  });
  // A client that has left in order may have said more than the other side has taken yet.
  tunnel.once('finish', () => {
    if (socket.closed) tunnel.destroy();
  });
  socket.once('end', () => {
    outcome = 'sent';
  });
  socket.once('close', () => {
    const isTaken = tunnel.readableEnded || tunnel.writableFinished;
    if (isTaken || !socket.readableEnded) tunnel.destroy();
    else tunnel.resume();
  });

  if (tunnel.destroyed) socket.destroy();
  socket.write(head);
  if (early.length > 0) tunnel.write(early);
  socket.on('data', () => void idle.refresh());
  tunnel.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    idle.refresh();
  });
  socket.pipe(tunnel);
  tunnel.pipe(socket, { end: false });
  await over;
  clearTimeout(idle);
  return { outcome, bytes };
}

async function closeOf(stream: Duplex): Promise<void> {
  if (stream.closed) return;
  await new Promise<void>((resolve) => void stream.once('close', resolve));
}

function headBytes(headers: HeaderList): Buffer {
  const lines = ['HTTP/1.1 101 Switching Protocols'];
  for (const [name, value] of writableFields(headers, REPLACED)) lines.push(`${name}: ${value}`);
  lines.push('connection: Upgrade', 'upgrade: websocket', '', '');
  return Buffer.from(lines.join('\r\n'), 'latin1');
}
