import assert from 'node:assert/strict';
import { test } from 'node:test';
import { StartError } from '../../src/errors.ts';
import { createListener } from '../../src/listener/listener.ts';
import type { ListenerOptions } from '../../src/listener/listener.ts';
import type { TelemetryEvent } from '../../src/telemetry/events.ts';
import { selfSigned } from '../support/pki.ts';
import { connect, startListener } from './running-listener.ts';
import { DEFAULT_LIMITS } from './default-limits.ts';

interface Changes extends Partial<Omit<ListenerOptions, 'identity'>> {
  readonly identity?: Partial<ListenerOptions['identity']>;
}

async function options({ identity, ...changes }: Changes): Promise<ListenerOptions> {
  const server = await selfSigned({ subject: 'CN=localhost' });
  return {
    name: 'test',
    address: { host: '127.0.0.1', port: 0 },
    identity: {
      certificatePem: server.certificatePem,
      privateKeyPem: server.privateKeyPem,
      clientCertificate: 'want',
      ...identity,
    },
    named: [],
    sessions: { isOn: undefined, lifetimeMs: 3_600_000, secret: undefined },
    shownCaPems: [],
    tlsMinVersion: 'TLSv1.2',
    takesUpgrades: false,
    http2: true,
    limits: DEFAULT_LIMITS,
    ...changes,
  };
}

const DEPS = { handle: () => Promise.resolve(), onSecure: () => {}, events: () => {} };

function startError(pattern: RegExp): (error: unknown) => boolean {
  return (error) => error instanceof StartError && pattern.test(error.publicText);
}

test('a port in use is told with its address and what to do', async (t) => {
  const { port } = await startListener(t);
  const second = createListener(await options({ address: { host: '127.0.0.1', port } }), DEPS);
  const expected = startError(new RegExp(`^127\\.0\\.0\\.1:${port} is in use: stop the program`));
  await assert.rejects(second.listen(), expected);
  await second.stop(0);
});

test('an address that is not of this machine is told with what to do', async () => {
  const listener = createListener(await options({ address: { host: '192.0.2.1', port: 0 } }), DEPS);
  await assert.rejects(
    listener.listen(),
    startError(/^192\.0\.2\.1 is no address of this machine/),
  );
});

test('a listener that never listened can be stopped', async () => {
  const listener = createListener(await options({}), DEPS);
  await listener.stop(60_000);
  assert.equal(listener.connections(), 0);
});

test('an IPv6 address can be listened on, its bound port is told', async (t) => {
  const listener = createListener(await options({ address: { host: '::1', port: 0 } }), DEPS);
  t.after(() => listener.stop(0));
  const { host, port } = await listener.listen();
  assert.equal(host, '::1');
  assert.ok(port > 0);
});

test('a handshake that could not be told costs the connection, not the process', async (t) => {
  const events: TelemetryEvent[] = [];
  const listener = createListener(await options({}), {
    handle: () => Promise.resolve(),
    onSecure: () => {
      throw new Error('a bug');
    },
    events: (event) => void events.push(event),
  });
  t.after(() => listener.stop(0));
  const { port } = await listener.listen();
  for (const count of [1, 2]) {
    const client = await connect(t, { port, ca: '' }, { rejectUnauthorized: false });
    await client.closed();
    assert.equal(events.length, count);
  }
  assert.ok(events.every((event) => event.kind === 'notice' && event.level === 'error'));
});

test('certificate, key and client CA that cannot be used refuse the start', async () => {
  const other = await selfSigned();
  const { certificatePem, privateKeyPem } = await selfSigned();
  for (const changes of [
    { identity: { certificatePem: '' } },
    { identity: { certificatePem: 'garbage' } },
    { identity: { certificatePem: certificatePem.slice(0, 200) } },
    { identity: { privateKeyPem: '' } },
    { identity: { privateKeyPem: privateKeyPem.slice(0, 60) } },
    { identity: { certificatePem, privateKeyPem: other.privateKeyPem } },
    { shownCaPems: [''] },
    { shownCaPems: ['garbage'] },
    { shownCaPems: [certificatePem, certificatePem.slice(0, 200)] },
  ]) {
    const settings = await options(changes);
    const create = (): unknown => createListener(settings, DEPS);
    assert.throws(
      create,
      startError(/^listener "test": certificate, key or client CA can't be used/),
    );
  }
});
