/** What the client of `node:http` reads as the answer to its request; the reference of the reference. */

import { request } from 'node:http';
import type { IncomingMessage } from 'node:http';

import { createClientConnections } from './client-connection.ts';
import type { SeenMessage } from './message.ts';
import type { ReadOptions } from './node-parser.ts';

/** The first answer in the pieces, if any: it asks no second time on the same connection. */
export async function readByNodeClient(
  pieces: readonly Buffer[],
  { ends = false, methods = [] }: ReadOptions,
): Promise<readonly SeenMessage[]> {
  const { socket, over, progressed } = createClientConnections().open(pieces, { ends });
  const asked = request({
    method: methods[0] ?? 'GET',
    insecureHTTPParser: false,
    createConnection: () => socket,
  });
  const seen: SeenMessage[] = [];
  const receive = (response: IncomingMessage): void => {
    const { httpVersion, statusCode, rawHeaders } = response;
    const start = `HTTP/${httpVersion} ${statusCode}`;
    const message = { start, fields: rawHeaders, body: '', isWhole: false };
    seen.push(message);
    progressed();
    response.on('data', (piece: Buffer) => {
      message.body += piece.toString('latin1');
      progressed();
    });
    response.once('end', () => (message.isWhole = true));
    response.on('error', () => {});
  };
  asked.on('response', receive);
  asked.on('upgrade', receive);
  asked.on('error', () => {});
  asked.end();
  await over;
  return seen;
}
