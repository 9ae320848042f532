import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect as connectTcp } from 'node:net';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { connect as connectTls } from 'node:tls';
import type { TLSSocket } from 'node:tls';

import { createAuthority } from '../support/pki.ts';
import { servingWorkers } from './workers-gateway.ts';
import type { LogLine, WorkersGateway } from './workers-gateway.ts';

/** More than there are workers, to which connections go in turns. */
const VISITS = 6;

const REQUEST = 'GET /oauth2/jwks HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n';

interface Visit {
  readonly port: number;
  readonly servername?: string;
  /** Sent before TLS. */
  readonly preamble?: string;
}

async function visit({ port, servername = 'localhost', preamble = '' }: Visit): Promise<TLSSocket> {
  const below = connectTcp({ host: '127.0.0.1', port });
  await once(below, 'connect');
  if (preamble !== '') below.write(preamble);
  const socket = connectTls({ socket: below, servername, rejectUnauthorized: false });
  await once(socket, 'secureConnect');
  return socket;
}

async function ask(options: Visit): Promise<string> {
  const socket = await visit(options);
  socket.write(REQUEST);
  return (await text(socket)).split('\r\n', 1).join('');
}

/** The lines of so many requests, once all of them are there. */
async function requests(gateway: WorkersGateway): Promise<readonly LogLine[]> {
  const all = (): readonly LogLine[] => gateway.log().filter(({ msg }) => msg === 'request');
  await gateway.logged(() => all().length === VISITS);
  return all();
}

function valuesOf(lines: readonly LogLine[], key: string): ReadonlySet<unknown> {
  return new Set(lines.map((line) => line[key]));
}

test('every worker believes the PROXY header of a listed peer', async (t) => {
  const gateway = await servingWorkers(t, {
    listener: '    proxy_protocol: {peers: [127.0.0.1]}',
  });
  const preamble = 'PROXY TCP4 192.0.2.7 127.0.0.1 4711 443\r\n';
  for (let count = 0; count < VISITS; count += 1) {
    assert.equal(await ask({ port: gateway.port, preamble }), 'HTTP/1.1 200 OK');
  }
  const lines = await requests(gateway);
  assert.deepEqual(valuesOf(lines, 'peer'), new Set(['192.0.2.7']));
  assert.deepEqual(valuesOf(lines, 'worker'), new Set([1, 2]));
});

test('every worker shows the certificate of the name that is asked for', async (t) => {
  const authority = await createAuthority();
  const other = await authority.issue({
    subject: 'CN=other.example',
    san: { dns: ['other.example'] },
    eku: ['serverAuth'],
  });
  const gateway = await servingWorkers(t, {
    listener: `
    server_names:
      - {names: [other.example], certificate: other.pem, private_key: other-key.pem}`,
    files: { 'other.pem': other.certificatePem, 'other-key.pem': other.privateKeyPem },
  });
  const shown = async (servername: string): Promise<unknown> => {
    const socket = await visit({ port: gateway.port, servername });
    const { CN } = socket.getPeerCertificate().subject;
    socket.write(REQUEST);
    await text(socket);
    return CN;
  };
  for (let count = 0; count < VISITS; count += 2) {
    assert.equal(await shown('other.example'), 'other.example');
    assert.equal(await shown('localhost'), 'localhost');
  }
  assert.deepEqual(valuesOf(await requests(gateway), 'worker'), new Set([1, 2]));
});

test('workers that are given any port serve the same one, and so does one that comes later', async (t) => {
  const gateway = await servingWorkers(t, { port: 0 });
  const { port } = await gateway.logged(({ msg }) => msg === 'listening');
  assert.ok(typeof port === 'number' && port > 0);
  const [victim = 0] = await gateway.workerPids();
  process.kill(victim, 'SIGKILL');
  await gateway.logged(({ msg }) => msg === 'a worker was replaced');
  for (let count = 0; count < VISITS; count += 1) {
    assert.equal(await ask({ port }), 'HTTP/1.1 200 OK');
  }
  assert.deepEqual(valuesOf(await requests(gateway), 'worker'), new Set([1, 2]));
});

test('a second signal ends the workers at once while a request is still open', async (t) => {
  const gateway = await servingWorkers(t);
  const socket = await visit(gateway);
  t.after(() => socket.destroy());
  socket.on('error', () => {});
  // A whole answer on this connection, then half a request: a worker has surely seen both.
  socket.write('GET /nowhere HTTP/1.1\r\nHost: localhost\r\n\r\n');
  await once(socket, 'data');
  socket.write('GET /nowhere HTTP/1.1\r\nHost:');
  gateway.signal('SIGTERM');
  const again = setInterval(() => gateway.signal('SIGTERM'), 50);
  t.after(() => clearInterval(again));
  // The output ends with the last of them.
  assert.equal((await gateway.ended).code, 1);
});
