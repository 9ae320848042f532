import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { ConnectionFacts } from '../../src/http/exchange.ts';
import type { TelemetryEvent } from '../../src/telemetry/events.ts';
import { createAuthority, selfSigned } from '../support/pki.ts';
import type { Issued } from '../support/pki.ts';
import { clientHello, reRecorded } from './client-hello.ts';
import { connect, connectPlain, startListener } from './running-listener.ts';
import type { RunningListener, StartOptions } from './running-listener.ts';

const VERSIONS = ['TLSv1.2', 'TLSv1.3'] as const;
/** ServerHelloDone, the last message before it is the client's turn in TLS 1.2. */
const SERVER_HELLO_DONE = /\x0e\x00\x00\x00$/;

/** A permissive listener with a strict host, a host of another certificate and a wildcard. */
async function startHosts(
  t: TestContext,
  options: StartOptions = {},
): Promise<{ readonly running: RunningListener; readonly client: Issued }> {
  const authority = await createAuthority({ name: 'Other server CA' });
  const identity = async (
    name: string,
  ): Promise<{ readonly certificatePem: string; readonly privateKeyPem: string }> =>
    authority.issue({ subject: `CN=${name}`, san: { dns: [name] }, eku: ['serverAuth'] });
  const running = await startListener(t, {
    clientCertificate: 'off',
    named: [
      {
        names: ['private.example', '*.private.example'],
        ...(await identity('private.example')),
        clientCertificate: 'require',
      },
      {
        names: ['wanted.example'],
        ...(await identity('wanted.example')),
        clientCertificate: 'want',
      },
    ],
    ...options,
  });
  return { running, client: await selfSigned() };
}

function credentials({ certificatePem, privateKeyPem }: Issued): object {
  return { cert: certificatePem, key: privateKeyPem, rejectUnauthorized: false };
}

function reasonOf(event: TelemetryEvent): unknown {
  return 'reason' in event && event.reason;
}

function brief(facts: ConnectionFacts | undefined): unknown {
  return facts && [facts.virtualHost, facts.clientCertificateMode, facts.certificates.length];
}

for (const version of VERSIONS) {
  const only = { minVersion: version, maxVersion: version };

  test(`T15: ${version}: mode and certificate follow the server name in any spelling`, async (t) => {
    const { running, client } = await startHosts(t);
    const cases = [
      ['private.example', 'private.example', 'private.example', 'require', 1],
      ['PRIVATE.Example', 'private.example', 'private.example', 'require', 1],
      ['private.example.', 'private.example', 'private.example', 'require', 1],
      ['a.PRIVATE.example', 'private.example', 'private.example', 'require', 1],
      ['wanted.example', 'wanted.example', 'wanted.example', 'want', 1],
      ['a.b.private.example', 'localhost', undefined, 'off', 0],
      ['public.example', 'localhost', undefined, 'off', 0],
      ['localhost', 'localhost', undefined, 'off', 0],
    ] as const;
    for (const [index, [servername, subject, ...expected]] of cases.entries()) {
      const { socket } = await connect(t, running, { ...only, ...credentials(client), servername });
      await running.handshakesEnded(index + 1);
      assert.equal(socket.getPeerCertificate().subject.CN, subject);
      assert.deepEqual(brief(running.secured[index]), expected, servername);
      assert.equal(running.secured[index]?.serverName, servername.toLowerCase());
    }
    assert.deepEqual(running.events, []);
  });

  test(`T13: ${version}: no name, an address and an unknown name get the rules of the listener, and say so`, async (t) => {
    const { running, client } = await startHosts(t, { clientCertificate: 'require' });
    const names = ['', '127.0.0.1.', 'unknown.example', 'xn--private-9x4d.example'];
    for (const [index, servername] of names.entries()) {
      await connect(t, running, { ...only, ...credentials(client), servername });
      await running.handshakesEnded(index + 1);
      assert.deepEqual(brief(running.secured[index]), [undefined, 'require', 1]);
    }
    assert.equal(running.secured[0]?.serverName, undefined);
  });
}

test('T13: raw server names that no client library sends never reach the rules of a host', async (t) => {
  const { running } = await startHosts(t);
  const names = [
    '127.0.0.1',
    'private.example\u0000',
    '\u0000',
    'x'.repeat(300),
    'private\u3002example',
    'pr\u00edvate.example',
    'private.example:9443',
    '*.private.example',
  ];
  for (const serverName of names) {
    const client = await connectPlain(t, running);
    client.socket.write(clientHello({ serverName }));
    // OpenSSL refuses some; to the others the listener answers as to an unknown name.
    const answer = await Promise.race([
      client.closed(),
      client.receive(SERVER_HELLO_DONE).catch(() => ''),
    ]);
    assert.ok(!answer.includes('private.example'), JSON.stringify(serverName));
    client.socket.destroy();
  }
  await running.handshakesEnded(names.length);
  assert.equal(running.secured.length, 0);
});

test('T14: a ClientHello in 1-byte records or octet by octet gets the certificate of its host', async (t) => {
  const { running } = await startHosts(t);
  for (const size of [1, 2, 7, 64, 16_384]) {
    const client = await connectPlain(t, running);
    client.socket.write(reRecorded(clientHello({ serverName: 'Private.Example' }), size));
    const answer = await client.receive(SERVER_HELLO_DONE);
    assert.ok(answer.includes('private.example'), `records of ${size}`);
    // CertificateRequest (type 13) of the strict host: one list of key types before the rest.
    assert.match(answer, /\x0d\x00[^][^]\x03\x01\x02\x40/);
    client.socket.destroy();
  }
  const client = await connectPlain(t, running);
  client.socket.setNoDelay(true);
  for (const octet of clientHello({ serverName: 'private.example' })) {
    client.socket.write(Buffer.from([octet]));
    await nextTurn();
  }
  assert.ok((await client.receive(SERVER_HELLO_DONE)).includes('private.example'));
});

test('behind a PROXY header in the same packet the ClientHello is found as well', async (t) => {
  const { running, client } = await startHosts(t, {
    proxyProtocol: { peers: [{ address: '127.0.0.0', prefix: 8 }], header_timeout: 5_000 },
    preamble: Buffer.from('PROXY TCP4 192.0.2.7 10.0.0.1 4711 9443\r\n'),
  });
  await connect(t, running, { ...credentials(client), servername: 'a.private.example' });
  await running.handshakesEnded(1);
  assert.deepEqual(brief(running.secured[0]), ['private.example', 'require', 1]);
  const whole = await connectPlain(t, { port: running.port });
  const hello = clientHello({ serverName: 'private.example' });
  whole.socket.write(Buffer.concat([running.preamble, hello]));
  assert.ok((await whole.receive(SERVER_HELLO_DONE)).includes('private.example'));
});

test('a client that speaks no TLS is told the same with server names as without', async (t) => {
  const { running } = await startHosts(t);
  const client = await connectPlain(t, running);
  client.socket.write('GET / HTTP/1.1\r\nhost: a\r\n\r\n');
  assert.match(await client.closed(), /^HTTP\/1\.1 400 [^]*this port speaks TLS/);
  const failure = await running.event('handshake_failed');
  assert.equal(failure.reason, 'handshake_not_tls');
});

test('a client that stalls in its ClientHello, or leaves, is told once', async (t) => {
  const start = clientHello().subarray(0, 20);
  const impatient = await startHosts(t, { limits: { handshake_timeout: 200 } });
  const stalled = await connectPlain(t, impatient.running);
  stalled.socket.write(start);
  await stalled.closed();
  const { running } = await startHosts(t);
  const leaving = await connectPlain(t, running);
  leaving.socket.end(start);
  await leaving.closed();
  await running.handshakesEnded(1);
  const told = [impatient.running, running].map(({ events }) => events.map(reasonOf));
  assert.deepEqual(told, [['handshake_timeout'], ['handshake_reset']]);
});

test('a listener with server names stops while a ClientHello is on its way', async (t) => {
  const { running } = await startHosts(t);
  const client = await connectPlain(t, running);
  client.socket.write(clientHello().subarray(0, 20));
  while (running.listener.connections() < 1) await nextTurn();
  await running.listener.stop(50);
  assert.equal(await client.closed(), '');
});
