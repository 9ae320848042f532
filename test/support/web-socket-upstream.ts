/** A server of WebSockets made by hand (RFC 6455), and the frames that a client sends it. */

import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import type { IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import type { TestContext } from 'node:test';

export interface WebSocketUpstream {
  readonly url: string;
  /** Every request that came, with the port of its connection. */
  readonly requests: readonly { readonly request: IncomingMessage; readonly port: number }[];
  /** Connections that are open. */
  connections(): Promise<number>;
}

/** What becomes of an upgraded connection; the head of the answer is up to it. */
export type OnUpgrade = (socket: Duplex, request: IncomingMessage, early: Buffer) => void;

/** Echoes messages unless `onUpgrade` says otherwise; answers ordinary requests with `plain`. */
export async function startWebSocketUpstream(
  t: TestContext,
  onUpgrade: OnUpgrade = echoMessages,
): Promise<WebSocketUpstream> {
  const requests: { request: IncomingMessage; port: number }[] = [];
  const sockets = new Set<Duplex>();
  const record = (request: IncomingMessage): void => {
    requests.push({ request, port: request.socket.remotePort ?? 0 });
  };
  const server = createServer((request, response) => {
    record(request);
    request.resume();
    response.end('plain');
  });
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  server.on('upgrade', (request, socket, early) => {
    record(request);
    socket.on('error', () => {});
    socket.on('end', () => socket.end());
    onUpgrade(socket, request, early);
  });
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    connections: () =>
      new Promise((resolve, reject) => {
        server.getConnections((error, count) => (error ? reject(error) : resolve(count)));
      }),
  };
}

/** The head of the answer that accepts a request. */
export function acceptance(request: IncomingMessage, fields = ''): string {
  const key = request.headers['sec-websocket-key'] ?? '';
  const accept = createHash('sha1')
    .update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`)
    .digest('base64');
  return `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n${fields}\r\n`;
}

/** Unmasks each message and sends it back; a close frame is answered and ends the connection. */
function echoMessages(socket: Duplex, request: IncomingMessage): void {
  socket.write(acceptance(request));
  let rest = Buffer.alloc(0);
  socket.on('data', (chunk: Buffer) => {
    rest = Buffer.concat([rest, chunk]);
    for (let frame = readFrame(rest); frame !== undefined; frame = readFrame(rest)) {
      rest = rest.subarray(frame.length);
      socket.write(serverFrame(frame.opcode, frame.payload));
      if (frame.opcode === 8) socket.end();
    }
  });
}

function readFrame(
  bytes: Buffer,
): { readonly opcode: number; readonly payload: Buffer; readonly length: number } | undefined {
  if (bytes.length < 2) return undefined;
  const short = bytes.readUInt8(1) & 0x7f;
  const extended = short === 126 ? 2 : short === 127 ? 8 : 0;
  const start = 2 + extended + 4;
  if (bytes.length < start) return undefined;
  const size =
    short === 126
      ? bytes.readUInt16BE(2)
      : short === 127
        ? Number(bytes.readBigUInt64BE(2))
        : short;
  if (bytes.length < start + size) return undefined;
  const mask = bytes.subarray(start - 4, start);
  const payload = Buffer.from(bytes.subarray(start, start + size));
  for (let at = 0; at < size; at += 1)
    payload.writeUInt8(payload.readUInt8(at) ^ mask.readUInt8(at % 4), at);
  return { opcode: bytes.readUInt8(0) & 0x0f, payload, length: start + size };
}

function serverFrame(opcode: number, payload: Buffer): Buffer {
  const head = Buffer.alloc(10);
  head.writeUInt8(0x80 | opcode, 0);
  if (payload.length < 126) {
    head.writeUInt8(payload.length, 1);
    return Buffer.concat([head.subarray(0, 2), payload]);
  }
  head.writeUInt8(127, 1);
  head.writeBigUInt64BE(BigInt(payload.length), 2);
  return Buffer.concat([head, payload]);
}
