import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';

import { startProtected } from '../gateway/protected-gateway.ts';
import type { ProtectedGateway } from '../gateway/protected-gateway.ts';
import { basic, postForm } from '../support/https-client.ts';
import type { ClientAnswer } from '../support/https-client.ts';
import { startPostgres, withoutPostgres } from '../support/postgres-server.ts';
import { startRedis, withoutRedis } from '../support/redis-server.ts';

const DOWN_MS = 60_000;
const RECOVERY_MS = 5_000;

const ENGINES = {
  redis: { skip: withoutRedis, start: startRedis },
  postgres: { skip: withoutPostgres, start: startPostgres },
} as const;

for (const [engine, { skip, start }] of Object.entries(ENGINES)) {
  test(
    `F04: a minute without ${engine} lets nobody pass unbound, leaves open paths alone, and is over at once`,
    { skip },
    async (t) => {
      const server = await start((clean) => t.after(clean));
      const gateway = await startProtected(t, {
        yaml: 'protected_paths: [{path: /api/*}]',
        store: `engine: ${engine}, url: '${server.url}'`,
      });
      const held = await gateway.token();
      const before = await tally(gateway, held, pause(2_000));
      assert.deepEqual(Object.keys(before.needing), ['200']);

      await server.kill();
      const down = await tally(gateway, held, pause(DOWN_MS));
      assert.deepEqual(Object.keys(down.needing), ['503'], 'what needs the store');

      await server.start();
      const upAt = performance.now();
      while ((await gateway.call('/api/x', held)).status !== 200);
      const recoveryMs = performance.now() - upAt;
      assert.ok(recoveryMs < RECOVERY_MS, `${recoveryMs} ms`);
      const after = await tally(gateway, held, pause(2_000));
      assert.deepEqual(Object.keys(after.needing), ['200']);

      for (const { thief, open } of [before, down, after]) {
        assert.equal(thief['200'], undefined, 'with a certificate of somebody else');
        assert.deepEqual(Object.keys(open), ['200'], 'a path that needs no token');
      }
      t.diagnostic(`down: ${JSON.stringify(down)}; recovered in ${Math.round(recoveryMs)} ms`);
    },
  );
}

/** How often each status was answered. */
type Statuses = Record<string, number>;

/** Asks in five ways at once until `end`, each way one request after the other. */
async function tally(
  { gateway, call }: ProtectedGateway,
  held: string,
  end: Promise<void>,
): Promise<Readonly<Record<'needing' | 'thief' | 'open', Statuses>>> {
  const [needing, thief, open]: readonly [Statuses, Statuses, Statuses] = [{}, {}, {}];
  const { port, ca, client, stranger } = gateway;
  const form = { grant_type: 'client_credentials', client_id: 'self-signed' };
  const headers = [basic('resource-server', 'rs-secret')];
  let isOver = false;
  void end.then(() => (isOver = true));
  const repeat = async (into: Statuses, ask: () => Promise<ClientAnswer>): Promise<void> => {
    while (!isOver) {
      const { status } = await ask();
      into[status] = (into[status] ?? 0) + 1;
    }
  };
  await Promise.all([
    repeat(needing, () => postForm({ port, ca, path: '/oauth2/token', form, ...client })),
    repeat(needing, () =>
      postForm({ port, ca, path: '/oauth2/introspect', headers, form: { token: held } }),
    ),
    repeat(needing, () => call('/api/x', held)),
    repeat(thief, () => call('/api/x', held, { identity: stranger })),
    repeat(open, () => call('/open', undefined)),
  ]);
  return { needing, thief, open };
}
