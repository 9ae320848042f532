import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { connect as connectTls } from 'node:tls';
import type { TLSSocket } from 'node:tls';
import { createAuthority, selfSigned } from '../support/pki.ts';
import { connect, startListener } from './running-listener.ts';

const VERSIONS = ['TLSv1.2', 'TLSv1.3'] as const;

function only(version: (typeof VERSIONS)[number]): object {
  return { minVersion: version, maxVersion: version };
}

for (const version of VERSIONS) {
  test(`${version}: a connection without a certificate has no certificates`, async (t) => {
    for (const clientCertificate of ['off', 'want', 'require'] as const) {
      const running = await startListener(t, { clientCertificate });
      const { socket } = await connect(t, running, only(version));
      await running.handshakesEnded(1);
      const [facts] = running.secured;
      assert.equal(facts?.tlsProtocol, version);
      assert.equal(facts.clientCertificateMode, clientCertificate);
      assert.deepEqual(facts.certificates, []);
      assert.equal(facts.serverName, 'localhost');
      assert.equal(facts.peerAddress, '127.0.0.1');
      assert.equal(facts.peerPort, socket.localPort);
      assert.ok(facts.handshakeMs > 0);
      assert.ok(Object.isFrozen(facts) && Object.isFrozen(facts.certificates));
      assert.deepEqual(running.events, []);
    }
  });

  test(`${version}: a self-signed certificate reaches the facts as sent`, async (t) => {
    const client = await selfSigned({ ca: true });
    for (const clientCertificate of ['want', 'require'] as const) {
      const running = await startListener(t, { clientCertificate });
      await connect(t, running, {
        ...only(version),
        cert: client.certificatePem,
        key: client.privateKeyPem,
      });
      await running.handshakesEnded(1);
      const [facts] = running.secured;
      assert.deepEqual(facts?.certificates.map(hex), [hex(client.certificate)]);
    }
  });

  test(`${version}: a chain is kept in the order it was sent in, whether it verifies or not`, async (t) => {
    const root = await createAuthority({ name: 'Client CA' });
    const intermediate = await root.issue({ subject: 'CN=Intermediate', ca: true });
    const leaf = await intermediate.issue({ subject: 'CN=leaf', eku: ['clientAuth'] });
    const stranger = await selfSigned({ subject: 'CN=Intermediate', ca: true });
    const sent = [leaf, stranger, intermediate, root];
    for (const shownCaPems of [[root.certificatePem], [stranger.certificatePem], []]) {
      const running = await startListener(t, { shownCaPems });
      await connect(t, running, {
        ...only(version),
        cert: sent.map(({ certificatePem }) => certificatePem).join(''),
        key: leaf.privateKeyPem,
      });
      await running.handshakesEnded(1);
      const [facts] = running.secured;
      assert.deepEqual(
        facts?.certificates.map(hex),
        sent.map(({ certificate }) => hex(certificate)),
      );
    }
  });

  test(`${version}: no session is resumed where certificates are asked for`, async (t) => {
    const client = await selfSigned();
    const running = await startListener(t);
    const credentials = { cert: client.certificatePem, key: client.privateKeyPem };
    const sessions: Buffer[] = [];
    const first = connectTls({
      ...only(version),
      ...credentials,
      host: '127.0.0.1',
      port: running.port,
      ca: running.ca,
      servername: 'localhost',
    });
    t.after(() => first.destroy());
    first.on('session', (session: Buffer) => sessions.push(session));
    await once(first, 'secureConnect');
    first.end('GET / HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n');
    first.resume();
    await once(first, 'close');
    const session = sessions.at(-1) ?? first.getSession();
    const second = await connect(t, running, {
      ...only(version),
      ...credentials,
      ...(session ? { session } : {}),
    });
    assert.equal(second.socket.isSessionReused(), false);
    await running.handshakesEnded(2);
    assert.equal(running.secured[1]?.certificates.length, 1);
  });
}

test('a session is resumed where no certificate is asked for', async (t) => {
  const running = await startListener(t, { clientCertificate: 'off' });
  const first = await connect(t, running, only('TLSv1.2'));
  const session = first.socket.getSession();
  assert.ok(session);
  const second = await connect(t, running, { ...only('TLSv1.2'), session });
  assert.equal(second.socket.isSessionReused(), true);
});

test('a listener that asks for no certificate gets none from a client that has one', async (t) => {
  const client = await selfSigned();
  const running = await startListener(t, { clientCertificate: 'off' });
  await connect(t, running, { cert: client.certificatePem, key: client.privateKeyPem });
  await running.handshakesEnded(1);
  assert.deepEqual(running.secured[0]?.certificates, []);
});

test('an expired certificate reaches the facts: OpenSSL does not decide who is served', async (t) => {
  const root = await createAuthority();
  const expired = await root.issue({ notAfter: Date.now() - 1_000, eku: ['clientAuth'] });
  const running = await startListener(t, { shownCaPems: [root.certificatePem] });
  await connect(t, running, { cert: expired.certificatePem, key: expired.privateKeyPem });
  await running.handshakesEnded(1);
  assert.deepEqual(running.secured[0]?.certificates.map(hex), [hex(expired.certificate)]);
});

test('of a chain that is too long one certificate more than the rules take is kept', async (t) => {
  const leaf = await selfSigned();
  const others = await Promise.all(
    Array.from({ length: 12 }, (_, index) => selfSigned({ subject: `CN=${index}` })),
  );
  const running = await startListener(t);
  await connect(t, running, {
    cert: [leaf, ...others].map(({ certificatePem }) => certificatePem).join(''),
    key: leaf.privateKeyPem,
  });
  await running.handshakesEnded(1);
  assert.equal(running.secured[0]?.certificates.length, 11);
});

test('a certificate sent twice is two certificates', async (t) => {
  const leaf = await selfSigned();
  const running = await startListener(t);
  await connect(t, running, {
    cert: leaf.certificatePem.repeat(2),
    key: leaf.privateKeyPem,
  });
  await running.handshakesEnded(1);
  assert.deepEqual(running.secured[0]?.certificates.map(hex), [
    hex(leaf.certificate),
    hex(leaf.certificate),
  ]);
});

test('no CA names are shown to clients unless the listener is told to', async (t) => {
  const root = await createAuthority({ name: 'Shown CA' });
  for (const [shownCaPems, isShown] of [
    [[], false],
    [[root.certificatePem], true],
  ] as const) {
    const running = await startListener(t, { shownCaPems });
    // TLS 1.2 sends its CertificateRequest in the clear.
    const seen = await connectAndTap(running.port, running.ca);
    assert.equal(seen.includes('Shown CA'), isShown);
  }

  async function connectAndTap(port: number, ca: string): Promise<string> {
    const { createServer, connect: connectTcp } = await import('node:net');
    let seen = '';
    const tap = createServer((inbound) => {
      const outbound = connectTcp({ host: '127.0.0.1', port });
      outbound.on('data', (chunk: Buffer) => (seen += chunk.toString('latin1')));
      inbound.on('error', () => {});
      outbound.on('error', () => {});
      inbound.pipe(outbound).pipe(inbound);
    }).listen(0, '127.0.0.1');
    t.after(() => tap.close());
    await once(tap, 'listening');
    const address = tap.address();
    const tapPort = typeof address === 'object' && address !== null ? address.port : 0;
    const { socket } = await connect(t, { port: tapPort, ca }, only('TLSv1.2'));
    socket.destroy();
    return seen;
  }
});

test('the server name is told in lower case, and absent when the client gave none', async (t) => {
  const running = await startListener(t);
  await connect(t, running, { servername: 'LOCALHOST', checkServerIdentity: () => undefined });
  await connect(t, running, { servername: '' });
  await running.handshakesEnded(2);
  assert.deepEqual(
    running.secured.map(({ serverName }) => serverName),
    ['localhost', undefined],
  );
});

test('T69: strange server names end in facts or in a refusal, never in an error of ours', async (t) => {
  const running = await startListener(t);
  const names = ['a'.repeat(255), 'x\u0000y', '127.0.0.1.', '\u{1f600}.example', '..', '*', '-'];
  const outcomes = await Promise.allSettled(
    names.map((servername) =>
      connect(t, running, { servername, rejectUnauthorized: false }).then(({ socket }) => socket),
    ),
  );
  const sockets = outcomes.flatMap((outcome): TLSSocket[] =>
    outcome.status === 'fulfilled' ? [outcome.value] : [],
  );
  assert.ok(sockets.length > 0);
  const { socket } = await connect(t, running);
  assert.equal(socket.authorized, true);
});

test('ALPN chooses HTTP/2 where both sides want it, and a client without ALPN is served', async (t) => {
  const running = await startListener(t);
  const both = await connect(t, running, { ALPNProtocols: ['http/1.1', 'h2'] });
  assert.equal(both.socket.alpnProtocol, 'h2');
  const old = await connect(t, running, { ALPNProtocols: ['http/1.1'] });
  assert.equal(old.socket.alpnProtocol, 'http/1.1');
  const none = await connect(t, running);
  assert.equal(none.socket.alpnProtocol, false);
  none.socket.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
  await none.receive(/^HTTP\/1\.1 200 /);
  await running.handshakesEnded(3);
  assert.deepEqual(
    running.secured.map(({ httpProtocol }) => httpProtocol),
    ['h2', 'http/1.1', 'http/1.1'],
  );
});

test('without HTTP/2 only http/1.1 is agreed on', async (t) => {
  const running = await startListener(t, { http2: false });
  const both = await connect(t, running, { ALPNProtocols: ['h2', 'http/1.1'] });
  assert.equal(both.socket.alpnProtocol, 'http/1.1');
  await assert.rejects(connect(t, running, { ALPNProtocols: ['h2'] }));
  const failed = await running.event('handshake_failed');
  assert.equal(failed.reason, 'handshake_protocol');
});

test('a client cannot renegotiate, so that its certificate cannot change', async (t) => {
  const running = await startListener(t);
  const { socket, closed } = await connect(t, running, only('TLSv1.2'));
  socket.renegotiate({ rejectUnauthorized: true }, () => {});
  await closed();
  assert.equal(running.secured.length, 1);
});

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}
