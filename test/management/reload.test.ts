import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TestContext } from 'node:test';

import { createManagement } from '../../src/management/management.ts';
import type { Reload } from '../../src/management/reload.ts';
import { EMBEDDED, startGateway } from '../support/running-gateway.ts';
import { ask } from './request.ts';

const POST = { method: 'POST' } as const;

async function listening(
  t: TestContext,
  host: string,
  reload?: Reload,
  token?: string,
): Promise<number> {
  const management = createManagement(
    { address: { host, port: 0 }, token },
    {
      render: async () => ({ contentType: 'text/plain', body: 'metrics\n' }),
      ready: async () => ({ ready: true, checks: {} }),
      events: () => {},
      ...(reload && { reload }),
    },
  );
  t.after(() => management.stop());
  return (await management.listen()).port;
}

test('POST /reload answers with what changed, or with every problem and its place', async (t) => {
  const gateway = await startGateway({ yaml: EMBEDDED });
  t.after(gateway.close);
  const { managementPort: port } = gateway;
  await gateway.configure({ yaml: EMBEDDED.replace('rs-secret', 'other-secret') });
  const done = await ask(port, '/reload', POST);
  assert.equal(done.status, 200);
  assert.deepEqual(JSON.parse(done.body), {
    outcome: 'reloaded',
    generation: 2,
    changed: ['clients.resource-server.client_secret', 'clients.resource-server (file)'].slice(
      0,
      1,
    ),
    weaker: [],
  });
  assert.doesNotMatch(done.body, /other-secret/);

  await gateway.configure({ yaml: `${EMBEDDED}    certificates: [gone.pem]\n` });
  const refused = await ask(port, '/reload', POST);
  assert.equal(refused.status, 422);
  const { outcome, problems } = JSON.parse(refused.body) as {
    outcome: string;
    problems: readonly { place: string; text: string }[];
  };
  assert.equal(outcome, 'refused');
  assert.ok(problems.length > 0);
  for (const { place } of problems) assert.match(place, /config\.yaml:\d+:\d+$/);
});

test('only POST reloads, and nobody from a web page does', async (t) => {
  let reloads = 0;
  const port = await listening(t, '127.0.0.1', async () => {
    reloads += 1;
    return { outcome: 'failed', detail: 'the gateway stops' };
  });
  assert.equal((await ask(port, '/reload')).status, 405);
  const page = await ask(port, '/reload', { ...POST, headers: { origin: 'https://evil.example' } });
  assert.equal(page.status, 403);
  assert.equal(reloads, 0);
  const failed = await ask(port, '/reload', POST);
  assert.equal(failed.status, 500);
  assert.match(failed.body, /the gateway stops/);
  assert.equal((await ask(await listening(t, '127.0.0.1'), '/reload', POST)).status, 404);
});

test('on an address that others reach, only who has the token reloads', async (t) => {
  let reloads = 0;
  const reload: Reload = async () => {
    reloads += 1;
    return { outcome: 'reloaded' };
  };
  const token = 'a'.repeat(32);
  const port = await listening(t, '0.0.0.0', reload, token);
  assert.equal((await ask(port, '/reload', POST)).status, 401);
  assert.equal(reloads, 0);
  const headers = { authorization: `Bearer ${token}` };
  assert.equal((await ask(port, '/reload', { ...POST, headers })).status, 200);
  const withoutToken = await listening(t, '0.0.0.0', reload);
  assert.equal((await ask(withoutToken, '/reload', POST)).status, 403);
  assert.equal(reloads, 1);
});
