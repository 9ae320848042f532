/** An upstream that answers with whatever bytes a test wants, and tells connections apart. */

import { EventEmitter, once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import type { TestContext } from 'node:test';

export interface RawConnection {
  /** 1 for the first that came. */
  readonly number: number;
  readonly socket: Socket;
}

export interface RawUpstream {
  readonly url: string;
  /** Connections that came so far. */
  readonly connections: readonly RawConnection[];
  /** Resolves when the connection of this number is gone. */
  gone(number: number): Promise<void>;
}

/** Called when a connection has come, and at the end of each header block on it. */
export interface RawBehaviour {
  readonly onConnection?: (connection: RawConnection) => void;
  readonly onHead: (connection: RawConnection, head: string) => void;
}

export async function startRawUpstream(
  t: TestContext,
  { onConnection, onHead }: RawBehaviour,
): Promise<RawUpstream> {
  const connections: RawConnection[] = [];
  const told = new EventEmitter();
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
    const connection = { number: connections.length + 1, socket };
    connections.push(connection);
    socket.on('error', () => {});
    socket.once('end', () => socket.end());
    socket.once('close', () => told.emit(`gone ${connection.number}`));
    t.after(() => socket.destroy());
    onConnection?.(connection);
    let text = '';
    socket.on('data', (chunk: Buffer) => {
      text += chunk.toString('latin1');
      for (let end = text.indexOf('\r\n\r\n'); end >= 0; end = text.indexOf('\r\n\r\n')) {
        const head = text.slice(0, end);
        text = text.slice(end + 4);
        onHead(connection, head);
      }
    });
  });
  t.after(() => server.close());
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    connections,
    gone: async (number) => {
      if (connections[number - 1]?.socket.closed === true) return;
      await once(told, `gone ${number}`, { signal: AbortSignal.timeout(60_000) });
    },
  };
}

/** The path of a request, by its head. */
export function pathOf(head: string): string {
  return head.split(' ', 2)[1] ?? '';
}

/** An answer with this body. */
export function ok(body: string): string {
  return `HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
}
