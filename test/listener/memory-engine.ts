/** The HTTP/1.1 engine on streams in memory: what it reads, without the cost of handshakes. */

import { duplexPair } from 'node:stream';
import type { Duplex } from 'node:stream';
import type { TestContext } from 'node:test';
import type { Exchange } from '../../src/http/exchange.ts';
import { createHttpEngine } from '../../src/listener/http.ts';
import type { TelemetryEvent } from '../../src/telemetry/events.ts';
import { connectionFacts } from '../support/connection-facts.ts';
import { echo } from './running-listener.ts';
import { DEFAULT_LIMITS } from './default-limits.ts';

export interface MemoryEngine {
  /** Sends pieces, then leaves; resolves to all that came. */
  send(...pieces: readonly (string | Uint8Array)[]): Promise<string>;
  /** Both ends of one connection. */
  connect(): { readonly client: Duplex; readonly server: Duplex };
  /** Everything told so far. */
  readonly events: readonly TelemetryEvent[];
}

const FACTS = connectionFacts({
  listener: 'test',
  clientCertificateMode: 'off',
  peerAddress: '127.0.0.1',
  socketAddress: '127.0.0.1',
  serverName: 'localhost',
});

export function startMemoryEngine(
  t: TestContext,
  handle: (exchange: Exchange) => Promise<void> = echo,
): MemoryEngine {
  const events: TelemetryEvent[] = [];
  const engine = createHttpEngine(
    { limits: DEFAULT_LIMITS, takesUpgrades: false },
    {
      handle,
      events: (event) => events.push(event),
      isStopping: () => false,
      endsIdle: () => false,
    },
  );
  t.after(() => engine.close());
  const connect = (): ReturnType<MemoryEngine['connect']> => {
    const [client, server] = duplexPair();
    engine.serve(server, FACTS);
    client.on('error', () => {});
    return { client, server };
  };
  return {
    events,
    connect,
    send: async (...pieces) => {
      const { client: near } = connect();
      for (const piece of pieces) {
        if (near.writable) near.write(typeof piece === 'string' ? latin1(piece) : piece);
      }
      const chunks: Buffer[] = [];
      for await (const chunk of near) chunks.push(chunk as Buffer);
      near.end();
      return Buffer.concat(chunks).toString('latin1');
    },
  };
}

function latin1(text: string): Buffer {
  return Buffer.from(text, 'latin1');
}
