/** Looks at the ClientHello of a connection and leaves it there for the TLS engine. */

import type { Socket } from 'node:net';
import { createClientHelloReader } from './client-hello.ts';
import type { ClientHello } from './client-hello.ts';

/**
 * Calls back once, when the ClientHello is there or it is clear that there will be none; never for a
 * socket that closes before. All that was read is unread again.
 */
export function peekClientHello(
  socket: Socket,
  onHello: (hello: ClientHello | 'unreadable') => void,
): void {
  const reader = createClientHelloReader();
  const chunks: Buffer[] = [];
  const look = (): void => {
    for (;;) {
      const chunk = socket.read() as Buffer | null;
      if (chunk === null) return;
      chunks.push(chunk);
      const hello = reader.push(chunk);
      if (hello === 'incomplete') continue;
      socket.off('readable', look);
      // Most come in one piece, which is not copied.
      socket.unshift(chunks.length === 1 ? chunk : Buffer.concat(chunks));
      onHello(hello);
      return;
    }
  };
  socket.on('readable', look);
  // What came before somebody listened is not told again.
  look();
}
