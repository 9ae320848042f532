import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TestContext } from 'node:test';

import { createManagement } from '../../src/management/management.ts';
import type { Reload } from '../../src/management/reload.ts';
import { EMBEDDED, MANAGEMENT_TOKEN, startGateway } from '../support/running-gateway.ts';
import { ask } from './request.ts';

const POST = { method: 'POST', headers: { authorization: `Bearer ${MANAGEMENT_TOKEN}` } } as const;
const WITHOUT_TOKEN = { method: 'POST' } as const;

async function listening(
  t: TestContext,
  host: string,
  reload?: Reload,
  token: string | undefined = MANAGEMENT_TOKEN,
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

test('only POST reloads, and only with the token', async (t) => {
  let reloads = 0;
  const reload: Reload = async () => {
    reloads += 1;
    return { outcome: 'failed', detail: 'the gateway stops' };
  };
  for (const host of ['127.0.0.1', '0.0.0.0']) {
    const port = await listening(t, host, reload);
    assert.equal((await ask(port, '/reload', WITHOUT_TOKEN)).status, 401);
    assert.equal((await ask(port, '/reload', { ...POST, method: 'GET' })).status, 405);
    assert.equal(reloads, 0);
    const failed = await ask(port, '/reload', POST);
    assert.equal(failed.status, 500);
    assert.match(failed.body, /the gateway stops/);
    assert.equal(reloads, 1);
    reloads = 0;
  }
  const withoutRoute = await listening(t, '127.0.0.1');
  assert.equal((await ask(withoutRoute, '/reload', POST)).status, 404);
});

test('the status page tells of the last reload', async (t) => {
  const gateway = await startGateway({ yaml: EMBEDDED });
  t.after(gateway.close);
  const { managementPort: port } = gateway;
  const lastReload = async (): Promise<unknown> => {
    const { body } = await ask(port, '/status.json', { headers: POST.headers });
    return (JSON.parse(body) as { readonly lastReload?: unknown }).lastReload;
  };
  assert.equal(await lastReload(), undefined);
  await gateway.configure({ yaml: `${EMBEDDED}    certificates: [gone.pem]\n` });
  await ask(port, '/reload', POST);
  const refused = (await lastReload()) as { result: string; problems: readonly string[] };
  assert.equal(refused.result, 'refused');
  assert.match(refused.problems.join(), /config\.yaml:\d+:\d+ clients\[2\]\.certificates: ./);
  await gateway.configure({ yaml: EMBEDDED });
  await ask(port, '/reload', POST);
  const { result, problems } = (await lastReload()) as typeof refused;
  assert.deepEqual({ result, problems }, { result: 'reloaded', problems: [] });
});
