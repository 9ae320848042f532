import assert from 'node:assert/strict';
import { networkInterfaces } from 'node:os';
import { test } from 'node:test';
import type { TestContext } from 'node:test';

import { createManagement } from '../../src/management/management.ts';
import type { Reload } from '../../src/management/reload.ts';
import { EMBEDDED, startGateway } from '../support/running-gateway.ts';
import { ask } from './request.ts';

const POST = { method: 'POST' } as const;

async function listening(t: TestContext, host: string, reload?: Reload): Promise<number> {
  const management = createManagement(
    { address: { host, port: 0 } },
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

const OUTSIDE = Object.values(networkInterfaces())
  .flatMap((all) => all ?? [])
  .find(({ internal, family }) => !internal && family === 'IPv4')?.address;

test(
  'a reload that is not asked for from this machine is refused',
  { skip: OUTSIDE === undefined ? 'the machine has no other address' : false },
  async (t) => {
    let reloads = 0;
    const port = await listening(t, '0.0.0.0', async () => {
      reloads += 1;
      return { outcome: 'reloaded' };
    });
    assert.equal((await ask(port, '/reload', { ...POST, host: OUTSIDE ?? '' })).status, 403);
    assert.equal(reloads, 0);
    assert.equal((await ask(port, '/reload', POST)).status, 200);
  },
);
