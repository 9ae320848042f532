import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect as connectTcp } from 'node:net';
import type { Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { connect as connectTls } from 'node:tls';

import { servingWorkers, tokenRequest } from './workers-gateway.ts';
import type { WorkersGateway } from './workers-gateway.ts';

/** Many more than there are workers, each of which is handed one at a time. */
const CONNECTIONS = 40;

const REQUEST = tokenRequest('self-signed');

async function connected(port: number): Promise<Socket> {
  const socket = connectTcp({ host: '127.0.0.1', port });
  await once(socket, 'connect');
  return socket;
}

/** The status line of the answer to a token request. Rejects when the connection is reset. */
async function askOver(socket: Socket, { ca, client }: WorkersGateway): Promise<string> {
  const tls = connectTls({
    socket,
    servername: 'localhost',
    ca,
    cert: client.certificatePem,
    key: client.privateKeyPem,
  });
  tls.write(REQUEST);
  return (await text(tls)).split('\r\n', 1).join('');
}

/** Asks over connections that were there before a stop, while `pids` stood still. */
async function stopWithConnections(
  gateway: WorkersGateway,
  pids: readonly number[],
): Promise<ReadonlySet<string>> {
  for (const pid of pids) process.kill(pid, 'SIGSTOP');
  const sockets = await Promise.all(
    Array.from({ length: CONNECTIONS }, () => connected(gateway.port)),
  );
  gateway.signal('SIGTERM');
  const answers = Promise.all(sockets.map((socket) => askOver(socket, gateway)));
  for (const pid of pids) process.kill(pid, 'SIGCONT');
  return new Set(await answers);
}

test('F16: at a stop the workers take every connection that was there, and none is reset', async (t) => {
  const gateway = await servingWorkers(t);
  // Behind them is the one that waits to take the place of another.
  const pids = (await gateway.workerPids()).slice(0, 2);
  // All but one for each have to wait in the primary process.
  const answers = await stopWithConnections(gateway, pids);
  assert.deepEqual(answers, new Set(['HTTP/1.1 200 OK']));
  assert.deepEqual(await gateway.ended, { code: 0, stderr: '' });
});

test('F16: at a stop one process takes every connection that the kernel holds for it', async (t) => {
  const gateway = await servingWorkers(t, { workers: 1 });
  const answers = await stopWithConnections(gateway, [gateway.pid]);
  assert.deepEqual(answers, new Set(['HTTP/1.1 200 OK']));
  assert.deepEqual(await gateway.ended, { code: 0, stderr: '' });
});
