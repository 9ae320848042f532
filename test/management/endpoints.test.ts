import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TestContext } from 'node:test';

import { createManagement } from '../../src/management/management.ts';
import type { ManagementDeps } from '../../src/management/management.ts';
import { createMetrics } from '../../src/telemetry/metrics.ts';
import { ask } from './request.ts';

const TOKEN = 'a-token-of-the-management-listener';

async function listening(t: TestContext, deps: Partial<ManagementDeps> = {}): Promise<number> {
  const management = createManagement(
    { address: { host: '127.0.0.1', port: 0 }, token: TOKEN },
    {
      render: async () => ({ contentType: 'text/plain', body: 'metrics\n' }),
      ready: async () => ({ ready: true, checks: {} }),
      events: () => {},
      ...deps,
    },
  );
  t.after(() => management.stop());
  return (await management.listen()).port;
}

test('metrics are served in the format that the scraper asks for', async (t) => {
  const metrics = createMetrics({ version: '1.2.3' });
  t.after(() => metrics.close());
  const port = await listening(t, { render: metrics.render });
  const plain = await ask(port, '/metrics');
  assert.equal(plain.status, 200);
  assert.equal(plain.headers['content-type'], 'text/plain; version=0.0.4; charset=utf-8');
  assert.match(plain.body, /^certbound_build_info\{version="1\.2\.3"/m);
  const open = await ask(port, '/metrics?x=1', {
    headers: { accept: 'application/openmetrics-text' },
  });
  assert.match(String(open.headers['content-type']), /^application\/openmetrics-text/);
  assert.ok(open.body.endsWith('# EOF\n'));
});

test('liveness asks no dependency, under both of its names', async (t) => {
  const port = await listening(t, {
    ready: () => assert.fail('asked'),
    render: () => assert.fail('asked'),
  });
  for (const path of ['/livez', '/healthz']) {
    const { status, body, headers } = await ask(port, path);
    assert.deepEqual([status, body], [200, 'ok\n']);
    assert.equal(headers['cache-control'], 'no-store');
  }
});

test('HEAD is answered as GET without the body', async (t) => {
  const port = await listening(t);
  const { status, headers, body } = await ask(port, '/metrics', { method: 'HEAD' });
  assert.deepEqual([status, headers['content-length'], body], [200, '8', '']);
});

test('other paths are not found, however they are asked for', async (t) => {
  const port = await listening(t);
  for (const path of [
    '/',
    '/status',
    '/status.json',
    '/metrics/',
    '/METRICS',
    '//metrics',
    '/debug',
    '/oauth2/token',
    '*',
  ]) {
    assert.equal((await ask(port, path)).status, 404, path);
  }
});

test('other methods are refused with the ones that are allowed', async (t) => {
  const port = await listening(t);
  for (const path of ['/metrics', '/livez', '/healthz', '/readyz']) {
    for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS']) {
      const headersSent = { authorization: `Bearer ${TOKEN}` };
      const { status, headers } = await ask(port, path, { method, headers: headersSent });
      assert.deepEqual([status, headers.allow], [405, 'GET, HEAD'], `${method} ${path}`);
    }
  }
});

test('a request with a body is answered and its connection closed', async (t) => {
  const port = await listening(t);
  const { status, headers } = await ask(
    port,
    '/livez',
    { headers: { 'content-length': '4' } },
    'body',
  );
  assert.deepEqual([status, headers.connection], [200, 'close']);
});

test('a scrape that fails is answered 500 without its cause, which is told', async (t) => {
  const told: string[] = [];
  const port = await listening(t, {
    render: () => Promise.reject(new Error('private cause')),
    events: (event) => told.push(JSON.stringify(event)),
  });
  const { status, body } = await ask(port, '/metrics');
  assert.deepEqual([status, body], [500, 'internal error\n']);
  assert.equal(told.length, 1);
  assert.ok(told[0]?.includes('private cause'));
});
