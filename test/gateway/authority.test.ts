import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { connect } from 'node:tls';
import type { ConnectionOptions, TLSSocket } from 'node:tls';

import { http2Connect, http2Exchange } from '../support/http2-client.ts';
import { startRecordingUpstream } from '../support/recording-upstream.ts';
import type { RecordingUpstream } from '../support/recording-upstream.ts';
import { startGateway } from '../support/running-gateway.ts';
import type { GatewayFixture } from '../support/running-gateway.ts';

interface Fixture {
  readonly gateway: GatewayFixture;
  readonly upstream: RecordingUpstream;
}

function answer(_: unknown, response: ServerResponse): void {
  response.writeHead(200, { 'content-length': 2 }).end('{}');
}

/** `private.example` and every name below it demand a certificate, all others ask for none. */
async function start(t: TestContext, mode = 'off'): Promise<Fixture> {
  const upstream = await startRecordingUpstream(answer);
  t.after(() => upstream.close());
  const gateway = await startGateway({
    listener: `
    client_certificate: ${mode}
    server_names:
      - names: [private.example, '*.private.example', other-private.example]
        client_certificate: require
      - names: [other-public.example]
        client_certificate: off`,
    yaml: `
token_service:
  upstream: {url: ${upstream.url}, kind: native}
`,
  });
  t.after(() => gateway.close());
  return { gateway, upstream };
}

interface Connection {
  readonly socket: TLSSocket;
  /** Sends a request and resolves to the whole answer, which must have an empty or JSON body. */
  ask(host: string, target?: string): Promise<{ readonly status: number; readonly text: string }>;
}

async function open(
  t: TestContext,
  { gateway }: Fixture,
  options: ConnectionOptions,
): Promise<Connection> {
  const socket = connect({
    host: '127.0.0.1',
    port: gateway.port,
    ca: gateway.ca,
    checkServerIdentity: () => undefined,
    ...options,
  });
  t.after(() => socket.destroy());
  socket.on('error', () => undefined);
  await once(socket, 'secureConnect');
  let text = '';
  socket.on('data', (chunk: Buffer) => (text += chunk.toString('latin1')));
  return {
    socket,
    ask: async (host, target = '/') => {
      text = '';
      socket.write(`GET ${target} HTTP/1.1\r\nHost: ${host}\r\n\r\n`);
      const signal = AbortSignal.timeout(60_000);
      while (!/\r\n\r\n.*}$/s.test(text)) await once(socket, 'data', { signal });
      return { status: Number(/^HTTP\/1\.1 (\d+)/.exec(text)?.[1]), text };
    },
  };
}

const PRIVATE_HOSTS: readonly string[] = [
  'private.example',
  'PRIVATE.Example',
  'private.example:9443',
  'private.example:443',
  'private.example.',
  'private.example.:9443',
  'private.example..',
  'a.private.example',
  'A.Private.Example.:1',
  'other-private.example',
];

for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
  const only = { minVersion: version, maxVersion: version };

  test(`T12: ${version}: a host of strict rules is not served on a connection to a name of mild ones`, async (t) => {
    const fixture = await start(t);
    const { gateway, upstream } = fixture;
    for (const servername of ['public.example', 'other-public.example']) {
      for (const host of PRIVATE_HOSTS) {
        const connection = await open(t, fixture, { ...only, servername });
        const refused = await connection.ask(host);
        assert.equal(refused.status, 421, host);
        assert.match(refused.text, /^connection: close\r$/im);
        assert.match(refused.text, /"error":"misdirected_request"/);
      }
    }
    const absolute = await open(t, fixture, { ...only, servername: 'public.example' });
    const refused = await absolute.ask('private.example', 'https://private.example/');
    assert.equal(refused.status, 421);
    assert.equal(upstream.requests.length, 0);
    await gateway.logged((line) => line['reason'] === 'authority_mismatch');
  });

  test(`T12: ${version}: nor is one of mild rules on a connection to a name of strict ones`, async (t) => {
    const fixture = await start(t);
    const { certificatePem: cert, privateKeyPem: key } = fixture.gateway.client;
    for (const host of ['public.example', 'other-public.example', 'a.b.private.example']) {
      const servername = 'private.example';
      const connection = await open(t, fixture, { ...only, servername, cert, key });
      assert.equal((await connection.ask(host)).status, 421, host);
    }
    assert.equal(fixture.upstream.requests.length, 0);
  });

  test(`T12: ${version}: it holds for each request of a connection`, async (t) => {
    const fixture = await start(t);
    const connection = await open(t, fixture, { ...only, servername: 'public.example' });
    assert.equal((await connection.ask('public.example')).status, 200);
    assert.equal((await connection.ask('other-public.example')).status, 200);
    assert.equal((await connection.ask('private.example')).status, 421);
    await once(connection.socket, 'close');
    assert.equal(fixture.upstream.requests.length, 2);
  });

  test(`T13: ${version}: without a name, and with an unknown one, no host of strict rules is reached`, async (t) => {
    const fixture = await start(t);
    for (const servername of ['', 'unknown.example', 'xn--private-9x4d.example']) {
      const connection = await open(t, fixture, { ...only, servername });
      assert.equal((await connection.ask('private.example')).status, 421, servername);
    }
    assert.equal(fixture.upstream.requests.length, 0);
  });

  test(`T15: ${version}: under its own name in any letter case the strict host demands a certificate`, async (t) => {
    const fixture = await start(t);
    for (const servername of ['private.example', 'PRIVATE.example', 'x.Private.Example']) {
      const bare = await open(t, fixture, { ...only, servername });
      assert.equal((await bare.ask('private.example')).status, 400);
      const { certificatePem: cert, privateKeyPem: key } = fixture.gateway.client;
      const shown = await open(t, fixture, { ...only, servername, cert, key });
      assert.equal((await shown.ask('Private.Example')).status, 200);
      // Hosts with the same rules may share a connection.
      assert.equal((await shown.ask('other-private.example')).status, 200);
    }
    assert.equal(fixture.upstream.requests.length, 6);
  });
}

test('a host with letters beyond ASCII is no host', async (t) => {
  const fixture = await start(t);
  for (const host of ['private\u3002example', 'pr\u00edvate.example', '\uff50rivate.example']) {
    const connection = await open(t, fixture, { servername: 'public.example' });
    const asBytes = Buffer.from(host, 'utf8').toString('latin1');
    assert.equal((await connection.ask(asBytes)).status, 400);
  }
  assert.equal(fixture.upstream.requests.length, 0);
});

test('T13: under a listener that demands certificates a milder name is an exception of its own', async (t) => {
  const fixture = await start(t, 'require');
  const mild = await open(t, fixture, { servername: 'other-public.example' });
  assert.equal((await mild.ask('other-public.example')).status, 200);
  for (const servername of ['', 'unknown.example']) {
    const connection = await open(t, fixture, { servername });
    assert.equal((await connection.ask('other-public.example')).status, 421);
    const same = await open(t, fixture, { servername });
    assert.equal((await same.ask('127.0.0.1')).status, 400);
  }
  assert.equal(fixture.upstream.requests.length, 1);
});

test('without server names any host is served on any connection', async (t) => {
  const upstream = await startRecordingUpstream(answer);
  t.after(() => upstream.close());
  const gateway = await startGateway({
    yaml: `token_service: {upstream: {url: ${upstream.url}, kind: native}}`,
  });
  t.after(() => gateway.close());
  const connection = await open(t, { gateway, upstream }, { servername: 'a.example' });
  assert.equal((await connection.ask('b.example')).status, 200);
});

test('T12: an HTTP/2 connection serves the hosts of its rules, and 421 is the answer for others', async (t) => {
  const { gateway, upstream } = await start(t);
  const session = http2Connect({ port: gateway.port, ca: gateway.ca });
  t.after(() => session.destroy());
  const statusOf = async (authority: string): Promise<number> =>
    (await http2Exchange(session, { path: '/', authority })).status;
  assert.equal(await statusOf('other-public.example'), 200);
  assert.equal(await statusOf('private.example:443'), 421);
  assert.equal(upstream.requests.length, 1);
});
