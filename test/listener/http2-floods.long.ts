import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import {
  connectFrames,
  frame,
  FLAG,
  FRAME,
  headerBlock,
  headers,
  indexedLiteral,
  request,
  rstStream,
} from '../support/http2-frames.ts';
import { http2Connect, http2Exchange } from '../support/http2-client.ts';
import { answerText, startListener } from './running-listener.ts';

const MEGABYTE = 1_048_576;

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

function residentMegabytes(): number {
  collect();
  return process.memoryUsage().rss / MEGABYTE;
}

/** What one attacker sends on each of its connections, until the connection is ended. */
const ATTACKS = {
  'T59: requests taken back at once': (streamId: number) =>
    Buffer.concat([headers(streamId, request()), rstStream(streamId)]),
  'T60: header blocks that grow': (streamId: number) =>
    frame(
      FRAME.headers,
      FLAG.endStream | FLAG.endHeaders,
      streamId,
      Buffer.concat([
        headerBlock(request()),
        indexedLiteral('x', 'y'.repeat(4_000)),
        Buffer.alloc(240, 0x80 | 62),
      ]),
    ),
} as const;

for (const [title, attack] of Object.entries(ATTACKS)) {
  test(`${title}: a hundred thousand leave memory where it was, and others are served`, async (t) => {
    const running = await startListener(t, { handle: (exchange) => answerText(exchange, 'ok') });
    const other = http2Connect(running);
    t.after(() => other.destroy());
    const flood = async (requests: number): Promise<number> => {
      let sent = 0;
      let connections = 0;
      while (sent < requests) {
        const client = await connectFrames(running);
        connections += 1;
        for (let streamId = 1; !client.socket.closed && sent < requests;) {
          const batch: Uint8Array[] = [];
          for (; batch.length < 100; streamId += 2) batch.push(attack(streamId));
          client.send(...batch);
          sent += batch.length;
          await new Promise(setImmediate);
        }
        client.socket.destroy();
        assert.equal((await http2Exchange(other, { path: '/' })).text, 'ok');
      }
      return connections;
    };
    // The first round fills pools and caches.
    await flood(50_000);
    const before = residentMegabytes();
    const connections = await flood(100_000);
    const grown = residentMegabytes() - before;
    t.diagnostic(`${connections} connections, resident memory grew by ${grown.toFixed(0)} MB`);
    assert.ok(connections > 50, 'no connection may go on');
    assert.ok(grown < 50, `resident memory grew by ${grown.toFixed(0)} MB`);
  });
}
