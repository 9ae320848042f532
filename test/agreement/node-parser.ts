/**
 * Node's own parser of HTTP/1.1 (llhttp), as `node:http` uses it. To go by `node:http` itself would
 * cost twenty times as much; reference.test.ts shows that both read the same.
 */

import { METHODS } from 'node:http';
import { createRequire } from 'node:module';

import type { SeenMessage } from './message.ts';

type Callback = (...args: never[]) => unknown;

interface Parser {
  [callback: number]: Callback;
  initialize(type: number, resource: object, maxHeaderSize: number, lenient: number): void;
  execute(bytes: Buffer): number | Error;
  finish(): Error | undefined;
}

interface ParserModule {
  readonly HTTPParser: {
    new (): Parser;
    readonly [name: string]: number;
  };
}

/** No types know it; it is what `node:http` is made of. */
const { HTTPParser } = createRequire(import.meta.url)('_http_common') as ParserModule;

/** What Node takes for a head unless it is told otherwise. */
export const MAX_HEAD_BYTES = 16_384;

/** Tells the parser that no body follows: to CONNECT, or of an answer to HEAD. */
const WITHOUT_BODY = { none: 0, skip: 1, upgrade: 2 } as const;

interface Building {
  start: string;
  fields: string[];
  body: string;
  isWhole: boolean;
}

export interface NodeParser {
  /** What it reads in pieces that come one after the other, until it refuses. */
  read(pieces: readonly Buffer[], options?: ReadOptions): readonly SeenMessage[];
}

export interface ReadOptions {
  /** Whether the stream ends behind the last piece. */
  readonly ends?: boolean;
  /** Of the requests, where answers are read; the rest is GET. */
  readonly methods?: readonly string[];
}

export function createNodeParser(kind: 'REQUEST' | 'RESPONSE'): NodeParser {
  const parser = new HTTPParser();
  const methods = kind === 'REQUEST' ? methodNumbers() : [];
  let messages: Building[] = [];
  let fields: string[] = [];
  let target = '';
  let asked: readonly string[] = [];
  let isInformational = false;
  /** Another protocol follows. */
  let isLast = false;

  const on = (name: string, callback: Callback): void => {
    parser[HTTPParser[name] ?? -1] = callback;
  };
  on('kOnMessageBegin', () => {
    fields = [];
    target = '';
  });
  // Of a head with many fields they come in several calls, and the target with the first.
  on('kOnHeaders', (more: string[], url: string) => {
    fields.push(...more);
    target += url;
  });
  on(
    'kOnHeadersComplete',
    (
      major: number,
      minor: number,
      rest: string[] | undefined,
      methodNumber: number,
      url: string | undefined,
      status: number,
      _statusText: string,
      isUpgrade: boolean,
    ) => {
      if (rest !== undefined) fields.push(...rest);
      isInformational = kind === 'RESPONSE' && status >= 100 && status < 200 && status !== 101;
      if (isInformational) return WITHOUT_BODY.skip;
      const start =
        kind === 'REQUEST'
          ? `${methods[methodNumber] ?? ''} ${target}${url ?? ''}`
          : `HTTP/${major}.${minor} ${status}`;
      messages.push({ start, fields, body: '', isWhole: false });
      fields = [];
      isLast = isUpgrade;
      if (start.startsWith('CONNECT ')) return WITHOUT_BODY.upgrade;
      return asked[messages.length - 1] === 'HEAD' ? WITHOUT_BODY.skip : WITHOUT_BODY.none;
    },
  );
  on('kOnBody', (piece: Buffer) => {
    const message = messages.at(-1);
    if (message !== undefined) message.body += piece.toString('latin1');
  });
  on('kOnMessageComplete', () => {
    const message = messages.at(-1);
    if (message !== undefined && !isInformational) message.isWhole = true;
    // Its trailers.
    fields = [];
  });

  return {
    read(pieces, options = {}) {
      messages = [];
      fields = [];
      isLast = false;
      asked = options.methods ?? [];
      parser.initialize(HTTPParser[kind] ?? 0, {}, MAX_HEAD_BYTES, HTTPParser['kLenientNone'] ?? 0);
      for (const piece of pieces) {
        const taken = parser.execute(piece);
        // The parser itself would go on with the next piece as if nothing had been.
        if (taken !== piece.length || (isLast && messages.at(-1)?.isWhole)) return messages;
      }
      if (options.ends === true) parser.finish();
      return messages;
    },
  };
}

/** The parser tells a method by its number; which is whose, it does not tell. */
function methodNumbers(): readonly string[] {
  const parser = new HTTPParser();
  const names: string[] = [];
  for (const name of [...METHODS, ...OF_OTHER_PROTOCOLS.split(' ')]) {
    parser[HTTPParser['kOnHeadersComplete'] ?? -1] = (_major, _minor, _fields, method: number) => {
      names[method] = name;
    };
    parser.initialize(HTTPParser['REQUEST'] ?? 0, {}, MAX_HEAD_BYTES, 0);
    // HTTP/0.9, in which it takes every method.
    parser.execute(Buffer.from(`${name} ${name === 'CONNECT' ? 'a:1' : '/'}\r\n\r\n`));
  }
  return names;
}

/** Methods of RTSP, and the one that HTTP/2 begins with. */
const OF_OTHER_PROTOCOLS =
  'DESCRIBE ANNOUNCE SETUP PLAY PAUSE TEARDOWN GET_PARAMETER SET_PARAMETER REDIRECT RECORD FLUSH PRI';
