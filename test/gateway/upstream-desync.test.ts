import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TestContext } from 'node:test';

import { httpsRequest } from '../support/https-client.ts';
import type { ClientAnswer } from '../support/https-client.ts';
import { ok, pathOf, startRawUpstream } from '../support/raw-upstream.ts';
import type { RawBehaviour, RawConnection, RawUpstream } from '../support/raw-upstream.ts';
import { startGateway } from '../support/running-gateway.ts';

const EVIL = ok('evil');

interface Fixture {
  readonly upstream: RawUpstream;
  ask(path: string, method?: string): Promise<ClientAnswer>;
}

/** One connection to the upstream at a time: whoever comes next would get what is left on it. */
async function start(t: TestContext, behaviour: RawBehaviour): Promise<Fixture> {
  const upstream = await startRawUpstream(t, behaviour);
  const gateway = await startGateway({
    yaml: `token_service: {upstream: {url: '${upstream.url}', max_connections: 1, response_timeout: 5s}}`,
  });
  t.after(() => gateway.close());
  const { port, ca } = gateway;
  return {
    upstream,
    ask: (path, method = 'GET') => httpsRequest({ port, ca, path, method }),
  };
}

/** Answers with the path; misbehaves as told on the first connection only. */
function onFirst(
  misbehave: (connection: RawConnection, head: string) => void,
): Pick<RawBehaviour, 'onHead'> {
  return {
    onHead: (connection, head) => {
      if (connection.number === 1) misbehave(connection, head);
      else connection.socket.write(ok(pathOf(head)));
    },
  };
}

test('a well-behaved upstream keeps its connection', async (t) => {
  const { upstream, ask } = await start(t, {
    onHead: ({ socket }, head) => socket.write(ok(pathOf(head))),
  });
  for (const path of ['/a', '/b', '/c']) assert.equal((await ask(path)).text, path);
  assert.equal(upstream.connections.length, 1);
});

const SECOND_ANSWERS: readonly (readonly [title: string, method: string, answer: string])[] = [
  ['two answers at once', 'GET', ok('/a') + EVIL],
  ['an answer behind a 204', 'GET', `HTTP/1.1 204 No Content\r\n\r\n${EVIL}`],
  ['a body on a 204', 'GET', 'HTTP/1.1 204 No Content\r\nContent-Length: 4\r\n\r\nevil'],
  ['a body on a 304', 'GET', 'HTTP/1.1 304 Not Modified\r\nContent-Length: 4\r\n\r\nevil'],
  ['an answer behind a 304', 'GET', `HTTP/1.1 304 Not Modified\r\n\r\n${EVIL}`],
  ['a body on an answer to HEAD', 'HEAD', EVIL],
  ['an answer behind an answer to HEAD', 'HEAD', `HTTP/1.1 200 OK\r\n\r\n${EVIL}`],
  ['more than the length', 'GET', `${ok('/a')}evil`],
  [
    'garbage behind the last chunk',
    'GET',
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n/a\r\n0\r\n\r\nevil',
  ],
];

for (const [title, method, answer] of SECOND_ANSWERS) {
  test(`${title}: the connection is given up, and nobody else gets any of it (T54)`, async (t) => {
    const asked = Promise.withResolvers<RawConnection>();
    const { upstream, ask } = await start(t, onFirst(asked.resolve));
    const pending = ask('/a', method);
    const { socket } = await asked.promise;
    // The second one waits for the one connection, the third comes when it is gone.
    const waiting = ask('/b');
    assert.equal((await ask('/a/../b')).status, 400);
    socket.write(answer);
    const [first, second] = await Promise.all([pending, waiting]);
    assert.doesNotMatch(first.text, /evil/);
    assert.equal(second.text, '/b');
    await upstream.gone(1);
    assert.equal((await ask('/c')).text, '/c');
    assert.equal(upstream.connections.length, 2);
  });
}

test('an answer that nobody asked for ends the connection that waits (T54)', async (t) => {
  const { upstream, ask } = await start(
    t,
    onFirst(({ socket }, head) => socket.write(ok(pathOf(head)))),
  );
  assert.equal((await ask('/a')).text, '/a');
  upstream.connections[0]?.socket.write(EVIL);
  await upstream.gone(1);
  assert.equal((await ask('/b')).text, '/b');
  assert.equal(upstream.connections.length, 2);
});

test('what an upstream says before it is asked reaches one client at most (T54)', async (t) => {
  const { upstream, ask } = await start(t, {
    onConnection: ({ number, socket }) => {
      if (number === 1) socket.write(ok('hasty'));
    },
    onHead: ({ socket }, head) => socket.write(ok(pathOf(head))),
  });
  // A fresh connection is asked at once: nothing tells a hasty answer from a quick one.
  const first = await ask('/a');
  assert.ok(['hasty', '/a'].includes(first.text) || first.status === 502);
  await upstream.gone(1);
  assert.equal((await ask('/b')).text, '/b');
});

test('an upstream that closes its side is not asked again on that connection (T54)', async (t) => {
  const { upstream, ask } = await start(
    t,
    onFirst(({ socket }, head) => socket.end(ok(pathOf(head)))),
  );
  assert.equal((await ask('/a')).text, '/a');
  await upstream.gone(1);
  assert.equal((await ask('/b')).text, '/b');
  assert.equal(upstream.connections.length, 2);
});

test('an answer that is cut short is cut for the client and for nobody else (T54)', async (t) => {
  for (const cut of [
    'HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf',
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n',
  ]) {
    const { upstream, ask } = await start(
      t,
      onFirst(({ socket }) => socket.end(cut)),
    );
    await assert.rejects(ask('/a'));
    await upstream.gone(1);
    assert.equal((await ask('/b')).text, '/b');
  }
});

test('an answer with two lengths, or a length and chunks, is 502 (T54)', async (t) => {
  for (const fields of [
    'Content-Length: 4\r\nContent-Length: 5',
    'Content-Length: 4\r\nTransfer-Encoding: chunked',
    'Content-Length: +4',
    'Content-Length : 4',
    'X-A: b\r\n c',
  ]) {
    const { upstream, ask } = await start(
      t,
      onFirst(({ socket }) => socket.write(`HTTP/1.1 200 OK\r\n${fields}\r\n\r\nevil`)),
    );
    assert.equal((await ask('/a')).status, 502, fields);
    await upstream.gone(1);
    assert.equal((await ask('/b')).text, '/b');
  }
});
