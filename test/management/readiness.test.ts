import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TestContext } from 'node:test';

import { createManagement } from '../../src/management/management.ts';
import type { Management, ManagementDeps } from '../../src/management/management.ts';
import { ask } from './request.ts';

const TOKEN = 'a-token-of-the-management-listener';

interface Started {
  readonly management: Management;
  readonly port: number;
  /** Level and text of what was told. */
  readonly told: readonly string[];
}

async function started(
  t: TestContext,
  ready: ManagementDeps['ready'],
  { readyTimeoutMs = 2_000, host = '127.0.0.1' } = {},
): Promise<Started> {
  const told: string[] = [];
  const management = createManagement(
    { address: { host, port: 0 }, readyTimeoutMs, token: TOKEN },
    {
      render: async () => ({ contentType: 'text/plain', body: '' }),
      ready,
      events: (event) => {
        if (event.kind === 'notice') told.push(`${event.level} ${event.text}`);
      },
    },
  );
  t.after(() => management.stop());
  return { management, port: (await management.listen()).port, told };
}

test('readiness is what the rooms say, and each change is told once', async (t) => {
  let ready = true;
  const { port, told } = await started(t, async () => ({
    ready,
    checks: { store: ready ? 'ok' : 'closed' },
  }));
  const states: [number, string][] = [];
  for (const now of [true, false, false, true]) {
    ready = now;
    const { status, body } = await ask(port, '/readyz');
    states.push([status, body]);
  }
  assert.deepEqual(states, [
    [200, 'ok\n'],
    [503, 'not ready\n'],
    [503, 'not ready\n'],
    [200, 'ok\n'],
  ]);
  assert.deepEqual(told, ['warn not ready', 'info ready again']);
});

test('?verbose lists the checks', async (t) => {
  const answer = { ready: false, checks: { store: 'ok', upstream: 'ECONNREFUSED' } };
  const { port } = await started(t, async () => answer);
  const { status, headers, body } = await ask(port, '/readyz?verbose');
  assert.deepEqual([status, headers['content-type']], [503, 'application/json']);
  assert.deepEqual(JSON.parse(body), answer);
});

test('T74: what is wrong with a check is told to nobody who comes from elsewhere without the token', async (t) => {
  const checks = { store: 'connect ECONNREFUSED 10.1.2.3:5432', workers: 'ok' };
  const { port } = await started(t, async () => ({ ready: false, checks }), { host: '0.0.0.0' });
  const { status, body } = await ask(port, '/readyz?verbose');
  assert.equal(status, 503);
  assert.deepEqual(JSON.parse(body), { ready: false, checks: { store: 'down', workers: 'ok' } });
  const headers = { authorization: `Bearer ${TOKEN}` };
  const known = await ask(port, '/readyz?verbose', { headers });
  assert.deepEqual(JSON.parse(known.body), { ready: false, checks });
});

test('a draining process is alive and not ready, and asks nobody', async (t) => {
  const { management, port } = await started(t, () => assert.fail('asked'));
  management.setDraining();
  const { status, body } = await ask(port, '/readyz?verbose');
  assert.equal(status, 503);
  assert.deepEqual(JSON.parse(body), { ready: false, checks: { shutdown: 'draining' } });
  assert.equal((await ask(port, '/livez')).status, 200);
});

test('a check that throws is not ready, its cause in the log only', async (t) => {
  const { port, told } = await started(t, () => Promise.reject(new Error('private cause')));
  const { status, body } = await ask(port, '/readyz?verbose');
  assert.equal(status, 503);
  assert.ok(!body.includes('private'));
  assert.deepEqual(told, ['error readiness check failed', 'warn not ready']);
});

test('a check that hangs is not ready, and is asked once for all probes', async (t) => {
  let asked = 0;
  const { port } = await started(
    t,
    () => {
      asked += 1;
      return new Promise(() => {});
    },
    { readyTimeoutMs: 20 },
  );
  const probes = Array.from({ length: 8 }, () => ask(port, '/readyz'));
  const answers = [...(await Promise.all(probes)), await ask(port, '/readyz')];
  assert.deepEqual(new Set(answers.map(({ status }) => status)), new Set([503]));
  assert.equal(asked, 1);
});
