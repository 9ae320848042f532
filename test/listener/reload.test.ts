/** What a listener does when its rules change while it serves. */

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { StartError } from '../../src/errors.ts';
import type { EngineOptions } from '../../src/listener/engine.ts';
import { http2Connect, http2Exchange } from '../support/http2-client.ts';
import { createAuthority, selfSigned } from '../support/pki.ts';
import { answerText, connect, startListener } from './running-listener.ts';
import type { RunningListener } from './running-listener.ts';
import { sessionsOn, VERSIONS, visit } from './sessions.ts';

const GET = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n';

/** Puts the rules in force that the listener has, with changes. */
function reload({ listener, options }: RunningListener, changes: Partial<EngineOptions>): void {
  listener.prepare({ ...options, ...changes }).commit();
}

test('new connections meet the new certificate and mode on the same port', async (t) => {
  const running = await startListener(t, { clientCertificate: 'off' });
  const next = await selfSigned({ subject: 'CN=next', san: { dns: ['localhost'] } });
  await connect(t, running);
  reload(running, { identity: { ...next, clientCertificate: 'want' } });
  const own = await selfSigned();
  const client = await connect(
    t,
    { ...running, ca: next.certificatePem },
    { cert: own.certificatePem, key: own.privateKeyPem },
  );
  assert.equal(client.socket.getPeerCertificate().subject.CN, 'next');
  await running.handshakesEnded(2);
  assert.deepEqual(
    running.secured.map(({ clientCertificateMode: mode, certificates: { length } }) => [
      mode,
      length,
    ]),
    [
      ['off', 0],
      ['want', 1],
    ],
  );
});

test('a connection that was there is served once more, told that it ends, and ends', async (t) => {
  const running = await startListener(t, { handle: (exchange) => answerText(exchange, 'ok') });
  const client = await connect(t, running);
  client.socket.write(GET);
  await client.receive(/keep-alive[^]*ok$/i);
  reload(running, {});
  client.socket.write(GET);
  assert.match(await client.closed(), /ok[^]*connection: close[^]*ok$/i);
  assert.deepEqual(running.events, []);
});

test('an HTTP/2 connection is told at once, and what it has open is answered', async (t) => {
  const arrived = Promise.withResolvers<void>();
  const held = Promise.withResolvers<void>();
  const running = await startListener(t, {
    handle: async (exchange) => {
      arrived.resolve();
      await held.promise;
      await answerText(exchange, 'ok');
    },
  });
  const session = http2Connect({ port: running.port, ca: running.ca });
  t.after(() => session.destroy());
  const answer = http2Exchange(session, { path: '/' });
  await arrived.promise;
  const goaway = once(session, 'goaway');
  reload(running, {});
  await goaway;
  held.resolve();
  assert.equal((await answer).text, 'ok');
  await once(session, 'close');
});

test('rules that can not be used change nothing', async (t) => {
  const running = await startListener(t, { handle: (exchange) => answerText(exchange, 'ok') });
  const client = await connect(t, running);
  const other = await selfSigned();
  const identity = { ...running.options.identity, privateKeyPem: other.privateKeyPem };
  assert.throws(() => reload(running, { identity }), StartError);
  running.listener.prepare(running.options).abort();
  client.socket.write(GET);
  await client.receive(/keep-alive[^]*ok$/i);
});

test('connections wait on an address that is open, until it is served', async (t) => {
  const running = await startListener(t, { handle: (exchange) => answerText(exchange, 'ok') });
  const { listener, port } = await running.openAnother();
  const early = connect(t, { ...running, port });
  // A connection to the other one has gone all the way meanwhile.
  await connect(t, running);
  await running.handshakesEnded(1);
  assert.equal(running.secured.length, 1);
  listener.serve();
  const client = await early;
  client.socket.write(GET);
  await client.receive(/ok$/);
});

for (const version of VERSIONS) {
  test(`${version}: a session that began before a reload is resumed after it, with its chain`, async (t) => {
    const running = await startListener(t, { sessions: sessionsOn() });
    const authority = await createAuthority();
    const chain = [await authority.issue({ eku: ['clientAuth'] }), authority];
    const { session } = await visit(t, running, { version, chain });
    const next = await selfSigned({ subject: 'CN=next', san: { dns: ['localhost'] } });
    const { clientCertificate } = running.options.identity;
    reload(running, { identity: { ...next, clientCertificate } });
    const here = { ...running, ca: next.certificatePem };
    assert.equal((await visit(t, here, { version, session })).isResumed, true);
    await running.handshakesEnded(2);
    const [before, after] = running.secured;
    assert.deepEqual(after?.certificates, before?.certificates);
    assert.equal(after?.certificates.length, 2);
  });

  test(`T15: ${version}: a session of another mode is worthless after a reload`, async (t) => {
    const running = await startListener(t, { sessions: sessionsOn(), clientCertificate: 'off' });
    const chain = [await selfSigned()];
    const { session } = await visit(t, running, { version, chain });
    const { identity } = running.options;
    reload(running, { identity: { ...identity, clientCertificate: 'require' } });
    assert.equal((await visit(t, running, { version, chain, session })).isResumed, false);
    await running.handshakesEnded(2);
    assert.equal(running.secured[1]?.certificates.length, 1);
  });
}
