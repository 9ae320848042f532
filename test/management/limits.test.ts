import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import type { TestContext } from 'node:test';

import { StartError } from '../../src/errors.ts';
import { createManagement } from '../../src/management/management.ts';
import type { Management, ManagementDeps } from '../../src/management/management.ts';
import { ask } from './request.ts';

function managementAt(
  t: TestContext,
  address: { host: string; port: number },
  deps: Partial<ManagementDeps> = {},
): Management {
  const management = createManagement(
    { address },
    {
      render: async () => ({ contentType: 'text/plain', body: 'metrics\n' }),
      ready: async () => ({ ready: true, checks: {} }),
      events: () => {},
      ...deps,
    },
  );
  t.after(() => management.stop());
  return management;
}

function connected(t: TestContext, port: number): Socket {
  const socket = connect(port, '127.0.0.1');
  t.after(() => socket.destroy());
  return socket;
}

test('an address in use stops the start and is named', async (t) => {
  const first = managementAt(t, { host: '127.0.0.1', port: 0 });
  const { port } = await first.listen();
  const second = managementAt(t, { host: '127.0.0.1', port });
  await assert.rejects(second.listen(), (error) => {
    assert.ok(error instanceof StartError);
    assert.equal(error.publicText, `management can't listen on 127.0.0.1:${port}: EADDRINUSE`);
    return true;
  });
});

test('an address that is not ours is named, an IPv6 one in brackets', async (t) => {
  const management = managementAt(t, { host: '2001:db8::1', port: 9464 });
  await assert.rejects(management.listen(), /can't listen on \[2001:db8::1\]:9464: E[A-Z]+$/);
});

test('a header block above 8 kB is answered 431', async (t) => {
  const { port } = await managementAt(t, { host: '127.0.0.1', port: 0 }).listen();
  const { status } = await ask(port, '/livez', { headers: { 'x-long': 'x'.repeat(9_000) } });
  assert.equal(status, 431);
});

test('what is not HTTP is answered 400 and does no harm', async (t) => {
  const { port } = await managementAt(t, { host: '127.0.0.1', port: 0 }).listen();
  const socket = connected(t, port);
  socket.end('\u0016\u0003\u0001\u0002\u0000\r\n\r\n');
  assert.match(await text(socket), /^HTTP\/1\.1 400 /);
  assert.equal((await ask(port, '/livez')).status, 200);
});

test('no more than 64 connections are held', async (t) => {
  const { port } = await managementAt(t, { host: '127.0.0.1', port: 0 }).listen();
  const held = Array.from({ length: 64 }, () => connected(t, port));
  await Promise.all(held.map((socket) => once(socket, 'connect')));
  const refused = connected(t, port);
  refused.resume();
  await once(refused, 'close');
  held[0]?.write('GET /livez HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
  assert.match(await text(held[0] ?? refused), /^HTTP\/1\.1 200 /);
});

test('scrapes beyond four at once are answered 503', async (t) => {
  const waiting: (() => void)[] = [];
  let told = (): void => {};
  const four = new Promise<void>((resolve) => {
    told = resolve;
  });
  const management = managementAt(
    t,
    { host: '127.0.0.1', port: 0 },
    {
      render: async () => {
        await new Promise<void>((resolve) => {
          if (waiting.push(resolve) === 4) told();
        });
        return { contentType: 'text/plain', body: 'metrics\n' };
      },
    },
  );
  const { port } = await management.listen();
  const scrapes = Array.from({ length: 4 }, () => ask(port, '/metrics'));
  await four;
  const refused = await ask(port, '/metrics');
  assert.deepEqual([refused.status, refused.headers['retry-after']], [503, '1']);
  for (const go of waiting) go();
  const statuses = (await Promise.all(scrapes)).map(({ status }) => status);
  assert.deepEqual(statuses, [200, 200, 200, 200]);
});

test('stopping ends idle and half-open connections and can be asked for twice', async (t) => {
  const management = managementAt(t, { host: '127.0.0.1', port: 0 });
  const { port } = await management.listen();
  const halfOpen = connected(t, port);
  halfOpen.resume();
  halfOpen.write('GET /livez HTTP/1.1\r\nHost:');
  const closed = once(halfOpen, 'close');
  assert.equal((await ask(port, '/livez')).status, 200);
  await Promise.all([management.stop(), management.stop()]);
  await closed;
  await assert.rejects(ask(port, '/livez'), { code: 'ECONNREFUSED' });
});

test('stopping what never listened is no error', async (t) => {
  await managementAt(t, { host: '127.0.0.1', port: 0 }).stop();
});
