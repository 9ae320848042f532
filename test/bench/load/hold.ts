/**
 * Holds idle connections: as many as told, each after one request. Prints a line when they are
 * there, and lets go when its standard input ends.
 */

import { readFileSync } from 'node:fs';
import process from 'node:process';
import { connect } from 'node:tls';
import type { TLSSocket } from 'node:tls';
import { json } from 'node:stream/consumers';

import type { HoldJob } from './job.ts';

/** Handshakes under way at once. */
const PARALLEL = 16;

const job = (await json(process.stdin)) as HoldJob;
const options = {
  host: '127.0.0.1',
  port: job.port,
  servername: 'localhost',
  ca: readFileSync(job.ca),
  cert: readFileSync(job.certificate),
  key: readFileSync(job.key),
  ALPNProtocols: ['http/1.1'],
};
const sockets: TLSSocket[] = [];
await Promise.all(
  Array.from({ length: PARALLEL }, async () => {
    while (sockets.length < job.connections) await hold();
  }),
);
process.stdout.write('held\n');
process.once('SIGTERM', () => {
  for (const socket of sockets) socket.destroy();
});

function hold(): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const socket = connect(options, () =>
    socket.write('GET /hello HTTP/1.1\r\nHost: localhost\r\n\r\n'),
  );
  sockets.push(socket);
  socket.once('data', () => resolve()).once('error', reject);
  return promise;
}
