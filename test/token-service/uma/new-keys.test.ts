import assert from 'node:assert/strict';
import { test } from 'node:test';

import { createMemoryStore } from '../../../src/store/memory.ts';
import { POLL_MS } from '../../../src/token-service/keys/key-keeper.ts';
import { rotateKeyRing } from '../../../src/token-service/keys/stored-keys.ts';
import { createAllowance } from '../../../src/token-service/uma/allowance.ts';
import { KEY_POLICY } from '../running-service.ts';
import { PERMISSION, startUmaService, UMA } from './uma-service.ts';

test('tickets, tokens and limits go on when the service has new keys', async (t) => {
  t.mock.timers.enable({ apis: ['setInterval'] });
  const store = createMemoryStore({ maxRecords: 1_000 });
  t.after(() => store.close());
  const mayIssue = createAllowance({ lifetimeMs: 60_000, maxTickets: 2, now: Date.now });
  const uma = await startUmaService(t, { store, uma: { ...UMA, mayIssue } });
  const pat = await uma.protectionToken();
  const id = await uma.register(pat);
  const [early, late] = [await uma.ticket(pat, id), await uma.ticket(pat, id)];
  const rpt = String((await uma.redeem(early)).json()['access_token']);

  const keySet = async () => (await uma.service.ask('/oauth2/jwks')).text;
  const before = await keySet();
  const now = Math.floor(Date.now() / 1_000);
  await rotateKeyRing(store, KEY_POLICY, { now, isLeaked: true });
  t.mock.timers.tick(POLL_MS);
  // Reading the keys again takes some turns of the event loop.
  for (let attempt = 0; (await keySet()) === before; attempt += 1) assert.ok(attempt < 1_000);

  assert.equal((await uma.introspect(rpt)).json()['active'], true);
  assert.equal((await uma.redeem(late)).status, 200);
  const asked = { resource_id: id, resource_scopes: ['view'] };
  assert.equal((await uma.call(pat, PERMISSION, asked)).status, 429);
});
