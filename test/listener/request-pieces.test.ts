/** A request is the same however its bytes are cut on their way. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startMemoryEngine } from './memory-engine.ts';
import { connect, startListener } from './running-listener.ts';

const FIRST =
  'POST /one?a=b HTTP/1.1\r\nHost: a\r\nX-A:\t\u00e9 \r\nContent-Length: 5\r\n\r\nhello';
const SECOND =
  '\r\nPOST /two HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n' +
  '3;x=y;z="a b"\r\nwor\r\n02\r\nld\r\n0\r\nX-Late: dropped\r\n\r\n';
const LAST = 'GET /three HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n';
const ALL = `${FIRST}${SECOND}${LAST}`;

/** The answers without what hangs on the moment. */
function bodies(text: string): readonly string[] {
  return text.match(/\{"method".*?"body":".*?"\}/g) ?? [];
}

const EXPECTED = ['one', 'two', 'three'];

test('requests behind one another are the same, cut at any place', async (t) => {
  const engine = startMemoryEngine(t);
  const whole = bodies(await engine.send(ALL));
  assert.deepEqual(
    whole.map((body) => (JSON.parse(body) as { target: { path: string } }).target.path.slice(1)),
    EXPECTED,
  );
  assert.match(whole[0] ?? '', /"body":"hello"/);
  assert.match(whole[1] ?? '', /"body":"world"/);
  for (let at = 1; at < ALL.length; at += 1) {
    const cut = bodies(await engine.send(ALL.slice(0, at), ALL.slice(at)));
    assert.deepEqual(cut, whole, `cut at ${at}`);
  }
  assert.deepEqual(bodies(await engine.send(...ALL.split(''))), whole);
  assert.deepEqual(engine.events, []);
});

test('a request is the same in two TLS records, cut at any place', async (t) => {
  const running = await startListener(t);
  const client = await connect(t, running);
  for (let at = 1; at < FIRST.length; at += 1) {
    const request = FIRST.replace('/one', `/${String(at).padStart(3, '0')}`);
    client.socket.write(request.slice(0, at), 'latin1');
    client.socket.write(request.slice(at), 'latin1');
    const last = (await client.receive(new RegExp(`"path":"/0*${at}"[^]*\\}$`))).slice(-300);
    assert.match(last, /"query":"a=b"\},"host":"a",.*\["X-A","\u00c3\u00a9"\].*"body":"hello"\}$/);
  }
});

test('what is refused is refused, cut at any place, and nothing behind it is read', async (t) => {
  const engine = startMemoryEngine(t);
  const refused = [
    'GET / HTTP/1.1\r\nHost: a\r\nX : b\r\n\r\n',
    'GET / HTTP/1.1\r\nHost: a\r\nX: b\r\n c\r\n\r\n',
    'GET / HTTP/1.1\nHost: a\n\n',
    'GET / HTTP/1.1\r\nHost: a\r\nX: b\rY: c\r\n\r\n',
    '\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n',
    '\n\rGET / HTTP/1.1\r\nHost: a\r\n\r\n',
    'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n',
    'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\t\r\n\r\n',
    'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1234567890123456\r\n\r\n',
    'GET / HTTP/1.1\r\n\r\n',
  ];
  for (const request of refused) {
    for (let at = 1; at < request.length; at += 1) {
      const text = await engine.send(request.slice(0, at), `${request.slice(at)}${LAST}`);
      assert.deepEqual(text.match(/HTTP\/1\.1 \d+/g), ['HTTP/1.1 400'], `${request} at ${at}`);
    }
  }
});

test('T52: trailers that say where a message ends, and extensions that are none, are refused', async (t) => {
  const engine = startMemoryEngine(t, async (exchange) => {
    const outcome = await exchange.body.toArray().then(
      () => 200,
      (error: { status: number }) => error.status,
    );
    await exchange.respond({ status: outcome, headers: [] });
  });
  const head = 'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n';
  const broken = [
    ...['Content-Length: 5', 'Transfer-Encoding: chunked', 'Connection: close', 'upgrade: x'].map(
      (trailer) => `0\r\n${trailer}\r\n\r\n`,
    ),
    ...[' ;x', ';', ';x=', ';x y', ';x="', ';x="a', ';\u00e9', ';x;;y', ' '].map(
      (extension) => `1${extension}\r\nx\r\n0\r\n\r\n`,
    ),
    '000000001\r\nx\r\n0\r\n\r\n',
  ];
  for (const body of broken) {
    const [whole, split] = [
      await engine.send(head + body + LAST),
      await engine.send(head, body + LAST),
    ];
    for (const text of [whole, split]) {
      assert.deepEqual(text.match(/HTTP\/1\.1 \d+/g), ['HTTP/1.1 400'], JSON.stringify(body));
    }
  }
});

test('a client that leaves in the middle of a head is refused, one that leaves between two not', async (t) => {
  const running = await startListener(t);
  const client = await connect(t, running);
  client.socket.write(FIRST, 'latin1');
  await client.receive(/hello/);
  client.socket.end();
  await client.closed();
  assert.deepEqual(running.events, []);
  const leaving = await connect(t, running);
  leaving.socket.end('GET / HTTP/1.1\r\n');
  await leaving.closed();
  assert.equal((await running.event('connection_refused')).reason, 'request_malformed');
});
