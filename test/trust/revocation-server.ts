/** An HTTP server that responders and distribution points live on, and what it was asked. */

import type { ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import type { TestContext } from 'node:test';

import { startDocumentServer } from '../fetch/document-server.ts';

/** The octets to answer with, a status, or nothing: then the question stays open. */
export type Reply = Uint8Array | number | undefined;

export interface RevocationServer {
  readonly url: string;
  /** Requests so far. */
  readonly asked: () => number;
  readonly connections: () => number;
  /** What is answered from now on. */
  reply: (body: Uint8Array) => Reply | Promise<Reply>;
}

export async function startRevocationServer(t: TestContext): Promise<RevocationServer> {
  const answer = async (body: Promise<Uint8Array>, response: ServerResponse): Promise<void> => {
    const reply = await server.reply(await body);
    if (reply === undefined) return;
    response.statusCode = typeof reply === 'number' ? reply : 200;
    response.end(typeof reply === 'number' ? undefined : reply);
  };
  const { port, requests, connections } = await startDocumentServer(t, (request, response) => {
    void answer(buffer(request), response);
  });
  const server: RevocationServer = {
    url: `http://127.0.0.1:${port}/`,
    asked: () => requests.length,
    connections,
    reply: () => 404,
  };
  return server;
}
