/** What our engine of HTTP/1.1 reads in octets that come to it as from a client. */

import type { TLSSocket } from 'node:tls';

import type { ConnectionFacts, Exchange } from '../../src/http/exchange.ts';
import { createHttpEngine } from '../../src/listener/http.ts';
import type { HttpEngine } from '../../src/listener/http.ts';
import { connectionFacts } from '../support/connection-facts.ts';
import { createClientConnections } from './client-connection.ts';
import type { SeenMessage } from './message.ts';
import { MAX_HEAD_BYTES } from './node-parser.ts';

const HOUR_MS = 3_600_000;

const FACTS = connectionFacts({ listener: 'test', serverName: 'localhost' });

export interface EngineReader {
  /** What it hands to its handler, until it refuses or waits for more. */
  read(pieces: readonly Buffer[]): Promise<readonly SeenMessage[]>;
  /** Of the program, not of a client; each is a failure. */
  readonly misuses: readonly string[];
  close(): void;
}

export function createEngineReader(): EngineReader {
  const reads = new Map<ConnectionFacts, Reading>();
  const misuses: string[] = [];
  const connections = createClientConnections();
  const engine: HttpEngine = createHttpEngine(
    {
      // What follows such a request is none, whatever its answer.
      takesUpgrades: true,
      limits: {
        handshake_timeout: HOUR_MS,
        header_timeout: HOUR_MS,
        request_timeout: HOUR_MS,
        idle_timeout: HOUR_MS,
        tunnel_idle_timeout: HOUR_MS,
        max_header_bytes: MAX_HEAD_BYTES,
        max_connections: 1,
        max_pending_handshakes: 1,
        exempt_addresses: [],
        max_body_bytes: Infinity,
      },
    },
    {
      handle: (exchange) => handle(exchange, reads.get(exchange.connection)),
      events: (event) => {
        if (event.kind !== 'connection_refused') misuses.push(JSON.stringify(event));
      },
      isStopping: () => false,
      endsIdle: () => false,
    },
  );
  return {
    misuses,
    read: async (pieces) => {
      const facts = { ...FACTS };
      const connection = connections.open(pieces);
      const reading: Reading = { seen: [], progressed: connection.progressed };
      reads.set(facts, reading);
      // The engine uses nothing of it that has to do with TLS.
      engine.serve(connection.socket as TLSSocket, facts);
      await connection.over;
      reads.delete(facts);
      return reading.seen;
    },
    close: engine.close,
  };
}

interface Reading {
  readonly seen: SeenMessage[];
  progressed(): void;
}

const EMPTY = new Uint8Array();

async function handle(exchange: Exchange, reading: Reading | undefined): Promise<void> {
  if (reading === undefined) throw new Error('a request came after its connection');
  const { method, target, headers } = exchange;
  const query = target.query === undefined ? '' : `?${target.query}`;
  const start = `${method} ${target.path}${query}`;
  const message = { start, fields: headers.flat(), body: '', isWhole: !exchange.hasBody };
  reading.seen.push(message);
  reading.progressed();
  if (exchange.hasBody) {
    try {
      for await (const piece of exchange.body) {
        message.body += (piece as Buffer).toString('latin1');
        reading.progressed();
      }
      message.isWhole = true;
    } catch {
      // Refused or cut off: it stays unfinished.
    }
  }
  await exchange.respond({ status: 200, headers: [], body: EMPTY });
  reading.progressed();
}
