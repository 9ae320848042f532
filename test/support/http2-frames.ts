/**
 * HTTP/2 frames as bytes (RFC 9113 section 4, RFC 7541), and a client that sends whatever it is
 * told and reads the frames that come back: for what a real client would never send.
 */

import { once } from 'node:events';
import { connect } from 'node:tls';
import type { ConnectionOptions, TLSSocket } from 'node:tls';

export const FRAME = {
  data: 0,
  headers: 1,
  priority: 2,
  rstStream: 3,
  settings: 4,
  pushPromise: 5,
  ping: 6,
  goaway: 7,
  windowUpdate: 8,
  continuation: 9,
} as const;

export const FLAG = { endStream: 1, endHeaders: 4 } as const;

/** Error codes of RFC 9113 section 7 that tests name. */
export const CODE = {
  noError: 0,
  protocolError: 1,
  internalError: 2,
  flowControlError: 3,
  frameSizeError: 6,
  refusedStream: 7,
  cancel: 8,
  compressionError: 9,
  enhanceYourCalm: 11,
} as const;

export const PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 'latin1');

export interface Frame {
  readonly type: number;
  readonly flags: number;
  readonly streamId: number;
  readonly payload: Buffer;
}

/** One frame; its length is that of the payload unless another is given. */
export function frame(
  type: number,
  flags: number,
  streamId: number,
  payload: Uint8Array = Buffer.alloc(0),
  length = payload.length,
): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(length, 0, 3);
  head.writeUInt8(type, 3);
  head.writeUInt8(flags, 4);
  head.writeUInt32BE(streamId, 5);
  return Buffer.concat([head, payload]);
}

export function settingsFrame(entries: readonly (readonly [number, number])[] = []): Buffer {
  const payload = Buffer.alloc(entries.length * 6);
  for (const [index, [id, value]] of entries.entries()) {
    payload.writeUInt16BE(id, index * 6);
    payload.writeUInt32BE(value, index * 6 + 2);
  }
  return frame(FRAME.settings, 0, 0, payload);
}

export function windowUpdate(streamId: number, increment: number): Buffer {
  return frame(FRAME.windowUpdate, 0, streamId, uint32(increment));
}

export function rstStream(streamId: number, code: number = CODE.cancel): Buffer {
  return frame(FRAME.rstStream, 0, streamId, uint32(code));
}

/** A whole header block in one HEADERS frame. */
export function headers(
  streamId: number,
  fields: readonly (readonly [string, string])[],
  flags: number = FLAG.endStream,
): Buffer {
  return frame(FRAME.headers, flags | FLAG.endHeaders, streamId, headerBlock(fields));
}

/** Literal fields without indexing, not Huffman coded: each octet as given, right or wrong. */
export function headerBlock(fields: readonly (readonly [string, string])[]): Buffer {
  return Buffer.concat(
    fields.flatMap(([name, value]) => [Buffer.from([0]), literal(name), literal(value)]),
  );
}

/** A literal field that enters the dynamic table (RFC 7541 section 6.2.1). */
export function indexedLiteral(name: string, value: string): Buffer {
  return Buffer.concat([Buffer.from([0x40]), literal(name), literal(value)]);
}

/** The pseudo-header fields of a request, with fields after them. */
export function request(
  fields: readonly (readonly [string, string])[] = [],
  { method = 'GET', path = '/', authority = 'localhost' } = {},
): (readonly [string, string])[] {
  return [
    [':method', method],
    [':scheme', 'https'],
    [':authority', authority],
    [':path', path],
    ...fields,
  ];
}

function literal(text: string): Buffer {
  const bytes = Buffer.from(text, 'latin1');
  return Buffer.concat([prefixed(bytes.length, 7), bytes]);
}

/** An integer with an N-bit prefix (RFC 7541 section 5.1), the other bits zero. */
function prefixed(value: number, bits: number): Buffer {
  const max = 2 ** bits - 1;
  if (value < max) return Buffer.from([value]);
  const octets = [max];
  let rest = value - max;
  for (; rest >= 128; rest = Math.floor(rest / 128)) octets.push((rest % 128) | 0x80);
  return Buffer.from([...octets, rest]);
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

export interface FrameClient {
  readonly socket: TLSSocket;
  send(...frames: readonly Uint8Array[]): void;
  /** What has come so far. */
  readonly frames: readonly Frame[];
  /** The first frame that matches, once it is there; rejects when the connection ends before. */
  frame(matches: (frame: Frame) => boolean): Promise<Frame>;
  /** Resolves when the connection has ended. */
  closed(): Promise<void>;
}

/** Connects with ALPN `h2` and sends preface and SETTINGS. */
export async function connectFrames(
  target: { readonly port: number; readonly ca: string },
  options: ConnectionOptions & { readonly allowHalfOpen?: boolean } = {},
): Promise<FrameClient> {
  const socket = connect({
    host: '127.0.0.1',
    port: target.port,
    ca: target.ca,
    servername: 'localhost',
    ALPNProtocols: ['h2'],
    ...options,
  });
  socket.setNoDelay(true);
  const frames: Frame[] = [];
  const waiters = new Set<() => void>();
  const wake = (): void => {
    for (const waiter of waiters) waiter();
  };
  let pending = Buffer.alloc(0);
  socket.on('data', (chunk: Buffer) => {
    pending = Buffer.concat([pending, chunk]);
    while (pending.length >= 9 && pending.length >= 9 + pending.readUIntBE(0, 3)) {
      const end = 9 + pending.readUIntBE(0, 3);
      frames.push({
        type: pending.readUInt8(3),
        flags: pending.readUInt8(4),
        streamId: pending.readUInt32BE(5),
        payload: Buffer.from(pending.subarray(9, end)),
      });
      pending = pending.subarray(end);
    }
    wake();
  });
  // The peer may reset while we still write; what it sent before is what counts.
  socket.on('error', () => undefined);
  let isClosed = false;
  socket.on('close', () => {
    isClosed = true;
    wake();
  });
  const until = async <T>(find: () => T | undefined): Promise<T> => {
    for (;;) {
      const found = find();
      if (found !== undefined) return found;
      if (isClosed) throw new Error(`the connection ended after: ${JSON.stringify(frames)}`);
      const { promise, resolve } = Promise.withResolvers<void>();
      waiters.add(resolve);
      await promise;
      waiters.delete(resolve);
    }
  };
  await once(socket, 'secureConnect');
  socket.write(Buffer.concat([PREFACE, settingsFrame()]));
  return {
    socket,
    send: (...sent) => void (isClosed || socket.write(Buffer.concat(sent))),
    frames,
    frame: (matches) => until(() => frames.find(matches)),
    closed: () => until(() => (isClosed ? true : undefined)).then(() => undefined),
  };
}
