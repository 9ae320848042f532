import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { request as requestOf } from 'node:https';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { connect } from 'node:tls';

import { basic } from '../support/https-client.ts';
import { json, startBeforeUpstream } from './before-upstream.ts';
import type { GatewayFixture } from '../support/running-gateway.ts';
import type { Respond } from './before-upstream.ts';

const PATH = '/oauth2/introspect';

/** The status of an introspection without a credential from this address. */
async function introspectFrom({ port, ca }: GatewayFixture, localAddress: string) {
  const outgoing = requestOf({
    host: '127.0.0.1',
    port,
    ca,
    localAddress,
    servername: 'localhost',
    method: 'POST',
    path: PATH,
    agent: false,
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
  });
  outgoing.end('token=tok');
  const [incoming] = (await once(outgoing, 'response')) as [IncomingMessage];
  incoming.resume();
  return incoming.statusCode;
}

/** A gateway that keeps answers for a long time, before a server that knows two resource servers. */
async function start(t: TestContext, { keys = '', headers = {}, sealed = '' } = {}) {
  let answer = '{"active":true,"client_id":"self-signed"}';
  let respond: Respond | undefined;
  const known = ['rs:secret', 'other:secret'].map(
    (pair) => basic(...(pair.split(':') as [string, string]))[1],
  );
  const before = await startBeforeUpstream(t, {
    keys: `introspection: {cache: {ttl: 1h}, ${keys}}, ${sealed}`,
    files: { 'seal.key': Buffer.alloc(32, 7).toString('base64') },
    answers: {
      [PATH]: (response, request) => {
        if (respond !== undefined) return respond(response, request);
        const isKnown = known.includes(request.headers.authorization ?? '');
        const isHeld = /held/.test(
          Buffer.from(request.headers.authorization?.slice(6) ?? '', 'base64').toString(),
        );
        return isKnown || isHeld
          ? json(answer, 200, headers)(response)
          : json('{"error":"invalid_client"}', 401)(response);
      },
    },
  });
  return {
    ...before,
    say: (next: string) => {
      answer = next;
    },
    respondWith: (next: Respond | undefined) => {
      respond = next;
    },
  };
}

test('T36: an answer is kept for its token, its caller and what the caller asks for', async (t) => {
  const { fetchToken, introspect, post, asked } = await start(t);
  await fetchToken();
  const first = await introspect('tok');
  assert.ok(first.json()['cnf']);
  assert.equal((await introspect('tok')).text, first.text);
  assert.equal((await introspect('tok', [['accept', 'application/*']])).text, first.text);
  assert.equal((await introspect('tok', [['user-agent', 'another']])).text, first.text);
  assert.equal((await introspect('tok', [['x-forwarded-for', '192.0.2.1']])).text, first.text);
  assert.equal(asked(PATH), 1);
  const rs = [basic('rs', 'secret')];
  const other = [basic('other', 'secret')];
  for (const attempt of [
    () => introspect('another'),
    () => post(PATH, { token: 'tok' }, { headers: other }),
    () => post(PATH, { token: 'tok', token_type_hint: 'access_token' }, { headers: rs }),
    () => post(PATH, { token: 'tok' }, { headers: rs, by: 'stranger' }),
    () => introspect('tok', [['x-tenant', 'b']]),
    () => introspect('tok', [['cookie', 'session=1']]),
    () => post(PATH, { token: 'tok' }, { headers: rs, authority: 'tenant-b.test' }),
  ]) {
    const before = asked(PATH);
    await attempt();
    await attempt();
    assert.equal(asked(PATH), before + 1);
  }
});

test('T37: nobody gets the answer of another caller', async (t) => {
  const { fetchToken, introspect, post, asked } = await start(t);
  await fetchToken();
  await introspect('tok');
  for (const headers of [
    [],
    [basic('rs', 'wrong')],
    [basic('rs', '')],
    [['authorization', 'Bearer secret']],
  ] as const) {
    const before = asked(PATH);
    const answer = await post(PATH, { token: 'tok' }, { headers });
    assert.deepEqual([answer.status, answer.json()], [401, { error: 'invalid_client' }]);
    await post(PATH, { token: 'tok' }, { headers });
    assert.equal(asked(PATH), before + 2, 'a refusal is not kept');
  }
});

test('T37: a caller that shows no credential is told apart by its address', async (t) => {
  const { fetchToken, gateway, asked, respondWith } = await start(t);
  respondWith((response, { headers }) => {
    const isNear = headers['x-forwarded-for'] === '127.0.0.1';
    json(isNear ? '{"active":true}' : '{"error":"invalid_client"}', isNear ? 200 : 401)(response);
  });
  await fetchToken();
  const ask = (localAddress: string) => introspectFrom(gateway, localAddress);
  assert.equal(await ask('127.0.0.1'), 200);
  assert.equal(await ask('127.0.0.1'), 200);
  assert.equal(asked(PATH), 1);
  assert.equal(await ask('127.0.0.2'), 401);
  assert.equal(asked(PATH), 2);
});

test('T37: a caller by certificate is authenticated for every request', async (t) => {
  const { fetchToken, post, asked } = await start(t, { keys: 'authentication: certificate' });
  await fetchToken();
  const form = { token: 'tok', client_id: 'pki' };
  for (let round = 0; round < 2; round += 1) {
    assert.ok((await post(PATH, form, { by: 'pkiClient' })).json()['cnf']);
  }
  assert.equal(asked(PATH), 1);
  for (const by of [undefined, 'stranger', 'client'] as const) {
    const answer = await post(PATH, form, by && { by });
    assert.equal(answer.status, 401);
  }
  const own = { token: 'tok', client_id: 'self-signed' };
  assert.ok((await post(PATH, own, { by: 'client' })).json()['cnf']);
  assert.equal(asked(PATH), 2);
});

test('T38: a server that fails is never covered up by an old answer of another question', async (t) => {
  const { fetchToken, introspect, respondWith, asked } = await start(t);
  await fetchToken();
  for (const [title, respond, status] of [
    ['500', json('{"active":true}', 500), 500],
    ['HTML', (response) => response.end('<html>'), 502],
    ['empty', (response) => response.end(), 502],
    ['cut', (response) => response.destroy(), 502],
    ['not asked for', json('{"active":"true"}'), 502],
  ] as readonly (readonly [string, Respond, number])[]) {
    respondWith(respond);
    const before = asked(PATH);
    assert.equal((await introspect('tok')).status, status, title);
    assert.equal((await introspect('tok')).status, status, title);
    assert.ok(asked(PATH) >= before + 2, `${title} is not kept`);
  }
  respondWith(undefined);
  assert.ok((await introspect('tok')).json()['cnf']);
});

for (const [kept, sealed] of [
  ['stored', ''],
  ['sealed', 'token_binding: {kept: sealed, sealing_keys: [seal.key]}'],
] as const) {
  test(`F22 ${kept}: a revocation seen here ends what was kept`, async (t) => {
    const { fetchToken, introspect, post, say, asked } = await start(t, { sealed });
    const token = String((await fetchToken()).json()['access_token']);
    assert.equal((await introspect(token)).json()['active'], true);
    say('{"active":false}');
    assert.equal((await introspect(token)).json()['active'], true);
    const form = { token, client_id: 'self-signed' };
    assert.equal((await post('/oauth2/revoke', form, { by: 'client' })).status, 200);
    assert.deepEqual((await introspect(token)).json(), { active: false });
    assert.equal(asked(PATH), 2);
  });
}

test('F22: a question goes on when the one who asked it first has left', async (t) => {
  const { gateway, fetchToken, introspect, respondWith, asked } = await start(t);
  await fetchToken();
  const arrived = Promise.withResolvers<() => void>();
  respondWith((response) => arrived.resolve(() => json('{"active":true}')(response)));
  const socket = connect({ port: gateway.port, servername: 'localhost', ca: gateway.ca });
  t.after(() => socket.destroy());
  await once(socket, 'secureConnect');
  socket.write(
    `POST ${PATH} HTTP/1.1\r\nHost: localhost:${gateway.port}\r\n${basic('rs', 'secret').join(': ')}\r\n` +
      'Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 9\r\n\r\ntoken=tok',
  );
  const release = await arrived.promise;
  socket.destroy();
  while (!/^certbound_connections\{[^}]*\} 0$/m.test(await gateway.metrics()));
  const all = Array.from({ length: 20 }, () => introspect('tok'));
  release();
  for (const answer of await Promise.all(all)) assert.ok(answer.json()['cnf']);
  assert.equal(asked(PATH), 1);
});

test('an answer that depends on more than is looked at is not kept', async (t) => {
  for (const headers of [{ vary: 'x-tenant' }, { vary: '*' }, { 'set-cookie': 'a=b' }]) {
    const { fetchToken, introspect, asked } = await start(t, { headers });
    await fetchToken();
    await introspect('tok');
    await introspect('tok');
    assert.equal(asked(PATH), 2);
  }
});

test('an assertion is good for one request, kept answer or not', async (t) => {
  const { fetchToken, post, respondWith, asked } = await start(t);
  respondWith(json('{"active":true}'));
  await fetchToken();
  const form = { token: 'tok', client_assertion: 'a.b.c', client_assertion_type: 'jwt' };
  await post(PATH, form);
  await post(PATH, form);
  assert.equal(asked(PATH), 2);
});
