import assert from 'node:assert/strict';
import { test } from 'node:test';

import { StoreError } from '../../../src/errors.ts';
import { createMemoryStore } from '../../../src/store/memory.ts';
import { createAllowance } from '../../../src/token-service/uma/allowance.ts';
import { createTickets } from '../../../src/token-service/uma/tickets.ts';

const PERMISSIONS = [{ resourceId: 'id', scopes: ['view'] }] as const;

function start({ maxTickets = 100 } = {}) {
  let time = 1_000_000;
  const now = (): number => time;
  const store = createMemoryStore({ maxRecords: 1_000, now });
  const tickets = createTickets({
    store,
    lifetimeMs: 60_000,
    mayIssue: createAllowance({ lifetimeMs: 60_000, maxTickets, now }),
    now,
  });
  return { store, tickets, advance: (ms: number) => void (time += ms) };
}

test('a ticket leads once to what it was issued for', async () => {
  const { tickets } = start();
  const ticket = (await tickets.issue('photos', PERMISSIONS)) ?? '';
  assert.match(ticket, /^[A-Za-z0-9_-]{43}$/);
  assert.deepEqual(await tickets.redeem(ticket), PERMISSIONS);
  assert.equal(await tickets.redeem(ticket), undefined);
});

test('a ticket that has expired leads to nothing', async () => {
  const { tickets, advance } = start();
  const ticket = (await tickets.issue('photos', PERMISSIONS)) ?? '';
  advance(60_000);
  assert.equal(await tickets.redeem(ticket), undefined);
});

test('of many who redeem a ticket at the same time one gets it', async () => {
  const { tickets } = start();
  const ticket = (await tickets.issue('photos', PERMISSIONS)) ?? '';
  const redeemed = await Promise.all(Array.from({ length: 100 }, () => tickets.redeem(ticket)));
  assert.equal(redeemed.filter((permissions) => permissions !== undefined).length, 1);
});

test('the store is given no ticket that could be redeemed', async () => {
  const { store } = start();
  const written: string[] = [];
  const watched = {
    ...store,
    put: async (...put: Parameters<typeof store.put>) => {
      written.push(JSON.stringify(put));
      return store.put(...put);
    },
  };
  const options = { lifetimeMs: 60_000, mayIssue: () => true, now: Date.now };
  const tickets = createTickets({ store: watched, ...options });
  const ticket = (await tickets.issue('photos', PERMISSIONS)) ?? '';
  assert.ok(written.length > 0 && written.every((text) => !text.includes(ticket)));
});

test('each resource server is given so many tickets within a lifetime', async () => {
  const { tickets, advance } = start({ maxTickets: 2 });
  const issue = async (clientId: string) =>
    (await tickets.issue(clientId, PERMISSIONS)) !== undefined;
  assert.deepEqual(
    [await issue('photos'), await issue('photos'), await issue('photos')],
    [true, true, false],
  );
  assert.equal(await issue('files'), true);
  advance(60_000);
  assert.equal(await issue('photos'), true);
});

test('a ticket record that does not parse is a failure of the store', async () => {
  const { store, tickets } = start();
  const ticket = (await tickets.issue('photos', PERMISSIONS)) ?? '';
  const broken = createTickets({
    store: {
      ...store,
      get: async (space, key) => {
        const record = await store.get(space, key);
        return record && { ...record, value: '[' };
      },
    },
    lifetimeMs: 60_000,
    mayIssue: () => true,
    now: Date.now,
  });
  await assert.rejects(broken.redeem(ticket), StoreError);
});
