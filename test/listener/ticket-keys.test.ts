import assert from 'node:assert/strict';
import { createCipheriv, createHmac, randomBytes } from 'node:crypto';
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

/** As OpenSSL makes one with a key of Node: name, key of the MAC, key of the cipher. */
function ticketOf(key: Buffer, state: Buffer): Buffer {
  const iv = randomBytes(16);
  const cipher = createCipheriv('aes-128-cbc', key.subarray(32), iv);
  const sealed = Buffer.concat([
    key.subarray(0, 16),
    iv,
    Buffer.concat([cipher.update(state), cipher.final()]),
  ]);
  const mac = createHmac('sha256', key.subarray(16, 32)).update(sealed).digest();
  return Buffer.concat([sealed, mac]);
}

test('what a ticket opens to does not depend on the tickets that were opened or refused before', (t) => {
  t.mock.timers.enable({ apis: ['Date', 'setTimeout'], now: 10 * HOUR_MS });
  const keys = createTicketKeys({ secret: SECRET, purpose: 'a', lifetimeMs: HOUR_MS });
  t.after(() => keys.close());
  let pair: TicketKeyPair | undefined;
  keys.start((told) => (pair = told));
  assert.ok(pair !== undefined);
  const { current, previous } = pair;
  const states = [1, 15, 16, 17, 200, 5_000].map((length) => randomBytes(length));
  const kept: (readonly [opened: Buffer, state: Buffer])[] = [];
  for (const state of [...states, ...states]) {
    for (const key of [current, previous]) {
      const ticket = ticketOf(key, state);
      const opened = keys.open(ticket);
      assert.deepEqual(opened?.subarray(0, state.length), state);
      kept.push([opened, state]);
      const changed = Buffer.from(ticket);
      changed[40] = (changed[40] ?? 0) ^ 1;
      const odd = ticketOf(key, state).subarray(0, -1);
      for (const bad of [changed, odd]) assert.equal(keys.open(bad), undefined);
    }
  }
  for (const [opened, state] of kept) assert.deepEqual(opened.subarray(0, state.length), state);
});
