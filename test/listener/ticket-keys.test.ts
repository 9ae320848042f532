import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { createTicketKeys } from '../../src/listener/ticket-keys.ts';
import type { TicketKeyOptions, TicketKeyPair } from '../../src/listener/ticket-keys.ts';

const HOUR_MS = 3_600_000;
const SECRET = randomBytes(48);

function keysOf(t: TestContext, changes: Partial<TicketKeyOptions> = {}): readonly string[] {
  const told: string[] = [];
  const keys = createTicketKeys({ secret: SECRET, purpose: 'a', lifetimeMs: HOUR_MS, ...changes });
  keys.start(({ current }) => told.push(current.toString('hex')));
  t.after(() => keys.close());
  return told;
}

test('gateways with one secret change to the same next key at the same moment', (t) => {
  const apis = ['Date', 'setTimeout'] as const;
  t.mock.timers.enable({ apis: [...apis], now: 10 * HOUR_MS + 1 });
  const early = keysOf(t);
  t.mock.timers.tick(HOUR_MS / 2);
  const late = keysOf(t);
  assert.deepEqual(late, early);
  t.mock.timers.tick(HOUR_MS / 2 - 2);
  assert.equal(early.length, 1);
  t.mock.timers.tick(1);
  assert.equal(early.length, 2);
  assert.deepEqual(late, early);
  for (let minutes = 0; minutes < 180; minutes += 1) t.mock.timers.tick(60_000);
  assert.equal(new Set(early).size, 5);
  assert.deepEqual(late, early);
});

test('the key of the period before is told beside the current one, also at the start', (t) => {
  t.mock.timers.enable({ apis: ['Date', 'setTimeout'], now: 10 * HOUR_MS });
  const pairs: TicketKeyPair[] = [];
  const keys = createTicketKeys({ secret: SECRET, purpose: 'a', lifetimeMs: HOUR_MS });
  t.after(() => keys.close());
  keys.start((pair) => pairs.push(pair));
  for (let minutes = 0; minutes < 60; minutes += 1) t.mock.timers.tick(60_000);
  const [first, second] = pairs;
  assert.deepEqual(second?.previous, first?.current);
  assert.notDeepEqual(first?.previous, first?.current);
});

test('a key is of one purpose, one secret and one lifetime', (t) => {
  t.mock.timers.enable({ apis: ['Date', 'setTimeout'], now: 10 * HOUR_MS });
  const keys = [
    keysOf(t),
    keysOf(t, { purpose: 'b' }),
    keysOf(t, { secret: randomBytes(48) }),
    keysOf(t, { lifetimeMs: 2 * HOUR_MS }),
  ];
  assert.equal(new Set(keys.flat()).size, keys.length);
  for (const [key] of keys) assert.equal(key?.length, 96);
});

test('a ticket that is not of the current key, cut or changed opens to nothing', (t) => {
  t.mock.timers.enable({ apis: ['Date', 'setTimeout'], now: 10 * HOUR_MS });
  const keys = createTicketKeys({ secret: SECRET, purpose: 'a', lifetimeMs: HOUR_MS });
  t.after(() => keys.close());
  let current: Buffer = Buffer.alloc(0);
  keys.start((pair) => ({ current } = pair));
  for (const length of [0, 16, 32, 79, 80, 200]) {
    const ticket = randomBytes(length);
    current.copy(ticket, 0, 0, 16);
    assert.equal(keys.open(ticket), undefined, `${length} octets`);
  }
});
