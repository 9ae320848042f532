import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { Socket } from 'node:net';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { connect as connectTls } from 'node:tls';
import type { ConnectionOptions } from 'node:tls';
import { createClientHelloReader } from '../../src/listener/client-hello.ts';
import type { HelloOutcome } from '../../src/listener/client-hello.ts';
import { clientHello, reRecorded, tlsRecord } from './client-hello.ts';

function read(bytes: Buffer): HelloOutcome {
  return createClientHelloReader().push(bytes);
}

function nameOf(outcome: HelloOutcome): unknown {
  return typeof outcome === 'string' ? outcome : outcome.serverName;
}

/** What Node's own client sends first. */
async function realHello(t: TestContext, options: ConnectionOptions): Promise<Buffer> {
  const server = createServer().listen(0, '127.0.0.1');
  t.after(() => server.close());
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const client = connectTls({ ...options, socket: connect({ host: '127.0.0.1', port }) });
  t.after(() => client.destroy());
  client.on('error', () => {});
  const [socket] = (await once(server, 'connection')) as [Socket];
  t.after(() => socket.destroy());
  const [bytes] = (await once(socket, 'data')) as [Buffer];
  return bytes;
}

test('the name of a real ClientHello is read, absent where there is none', async (t) => {
  for (const maxVersion of ['TLSv1.2', 'TLSv1.3'] as const) {
    const named = await realHello(t, { maxVersion, servername: 'Private.Example' });
    assert.equal(nameOf(read(named)), 'Private.Example');
    assert.equal(nameOf(read(await realHello(t, { maxVersion }))), undefined);
  }
});

test('T14: at every split point the reader sees the same name, not sooner than with the last octet', async (t) => {
  const hello = await realHello(t, { servername: 'private.example' });
  assert.ok(hello.length > 1_400, 'a ClientHello with an ML-KEM key share');
  for (let at = 1; at < hello.length; at += 1) {
    const reader = createClientHelloReader();
    assert.equal(reader.push(hello.subarray(0, at)), 'incomplete');
    assert.equal(nameOf(reader.push(hello.subarray(at))), 'private.example');
  }
});

test('T14: records of every size carry the same name', async (t) => {
  const hello = await realHello(t, { servername: 'private.example' });
  for (let size = 1; size <= hello.length; size += size < 40 ? 1 : 37) {
    assert.equal(nameOf(read(reRecorded(hello, size))), 'private.example');
  }
  const bytewise = createClientHelloReader();
  const octets = reRecorded(hello, 1);
  let outcome: HelloOutcome = 'incomplete';
  for (const octet of octets) {
    assert.equal(outcome, 'incomplete');
    outcome = bytewise.push(Buffer.from([octet]));
  }
  assert.equal(nameOf(outcome), 'private.example');
});

test('a name that could be read in two ways makes the ClientHello unreadable', () => {
  const host = (text: string): Buffer => {
    const name = Buffer.from(text);
    return Buffer.concat([Buffer.from([0, 0, name.length]), name]);
  };
  const list = (...entries: Buffer[]): Buffer => {
    const all = Buffer.concat(entries);
    return Buffer.concat([Buffer.from([0, all.length]), all]);
  };
  const other = Buffer.concat([Buffer.from([1, 0, 1]), Buffer.from('x')]);
  const unreadable = [
    Buffer.alloc(0),
    list(),
    list(host('')),
    list(host('a'), host('b')),
    list(other),
    list(other, host('a')),
    Buffer.concat([list(host('a')), Buffer.from('x')]),
    list(host('a')).subarray(0, -1),
  ];
  for (const serverNameExtension of unreadable) {
    assert.equal(read(clientHello({ serverNameExtension })), 'unreadable');
  }
  assert.equal(nameOf(read(clientHello({ serverNameExtension: list(host('a')) }))), 'a');
});

test('the same extension twice, octets after the last one and octets after the message are refused', () => {
  const hello = clientHello();
  const body = hello.subarray(9);
  const doubled = Buffer.concat([
    body.subarray(0, 43),
    Buffer.from([0, 8]),
    Buffer.from('0017000000170000', 'hex'),
  ]);
  const message = (content: Buffer): Buffer =>
    tlsRecord(22, 0x0301, Buffer.concat([Buffer.from([1, 0, 0, content.length]), content]));
  assert.equal(read(message(doubled)), 'unreadable');
  assert.equal(read(message(Buffer.concat([body, Buffer.from([0])]))), 'unreadable');
  const inRecord = tlsRecord(22, 0x0301, Buffer.concat([hello.subarray(5), Buffer.from([0])]));
  assert.equal(read(inRecord), 'unreadable');
});

test('what is no ClientHello is known by its first octets, and nothing is held without bound', () => {
  const firsts = [
    Buffer.from('GET / HTTP/1.1\r\n'),
    Buffer.from('802e0100020015', 'hex'),
    tlsRecord(21, 0x0301, Buffer.from([2, 40])),
    tlsRecord(22, 0x0301, Buffer.from([2, 0, 0, 4])),
    tlsRecord(22, 0x0301, Buffer.alloc(0)),
    tlsRecord(22, 0x0301, Buffer.from([1, 1, 0, 0])),
    tlsRecord(22, 0x0201, Buffer.from([1, 0, 0, 4])),
  ];
  for (const bytes of firsts) assert.equal(read(bytes), 'unreadable', bytes.toString('hex'));
  const endless = createClientHelloReader();
  const start = Buffer.concat([Buffer.from([1, 0, 0x3f, 0]), Buffer.alloc(0x2000)]);
  let pushes = 0;
  while (endless.push(reRecorded(tlsRecord(22, 0x0301, start), 1)) === 'incomplete') pushes += 1;
  assert.ok(pushes < 3);
});

test('random and damaged input ends in an outcome, never in an error', async (t) => {
  const hello = await realHello(t, { servername: 'private.example' });
  for (let round = 0; round < 20_000; round += 1) {
    const bytes = Buffer.from(hello);
    const noise = randomBytes(6);
    bytes[noise.readUInt16BE(0) % bytes.length] = noise.readUInt8(2);
    bytes[noise.readUInt16BE(3) % 200] = noise.readUInt8(5);
    const outcome = read(bytes);
    assert.ok(typeof outcome === 'object' || outcome === 'incomplete' || outcome === 'unreadable');
  }
});
