import assert from 'node:assert/strict';
import { test } from 'node:test';

import { RequestError } from '../../src/errors.ts';
import { createRequestRates } from '../../src/limits/request-rates.ts';
import { createAnnouncements } from '../../src/server/announcements.ts';
import type { OpenAnnouncements, Word } from '../../src/server/announcements.ts';
import { openIntrospectionCache } from '../../src/server/introspection-cache.ts';
import {
  sharedAllowance,
  sharedAttempts,
  sharedRates,
  sharedStrangerLimits,
} from '../../src/server/shared-counts.ts';
import { createSharedParts } from '../../src/server/shared-parts.ts';

const ADDRESS = '192.0.2.1';

/** Two processes, and what the first has told. */
function twoProcesses() {
  const told: Word[] = [];
  const all: OpenAnnouncements[] = [];
  const tellFrom =
    (own: number) =>
    (word: Word): void => {
      if (own === 0) told.push(word);
      for (const [index, other] of all.entries()) if (index !== own) other.told([word]);
    };
  all.push(createAnnouncements(tellFrom(0)), createAnnouncements(tellFrom(1)));
  const [one, other] = all as [OpenAnnouncements, OpenAnnouncements];
  return { one, other, told };
}

test('wrong passwords of one process make a user wait in the other, the right one ends that in both', () => {
  const { one, other, told } = twoProcesses();
  const [here, there] = [sharedAttempts(one), sharedAttempts(other)];
  const attempt = { name: 'alice', address: ADDRESS };
  for (let count = 0; count < 4; count += 1) here.failed({ ...attempt, password: 'no' } as never);
  assert.equal(there.isBlocked(attempt), false);
  there.failed(attempt);
  assert.deepEqual([here.isBlocked(attempt), there.isBlocked(attempt)], [true, true]);
  here.succeeded(attempt);
  assert.equal(there.isBlocked(attempt), false);
  assert.doesNotMatch(JSON.stringify(told), /"password":/);
});

test('strangers are bounded over both processes, wherever they finish', () => {
  const { one, other } = twoProcesses();
  const [here, there] = [sharedStrangerLimits(one), sharedStrangerLimits(other)];
  for (let count = 0; count < 20; count += 1) here.codes.failed(ADDRESS);
  assert.equal(there.codes.isBlocked(ADDRESS), true);

  assert.equal(here.devices.isTooEarly('device'), false);
  assert.equal(there.devices.isTooEarly('device'), true);

  for (let count = 0; count < 1_000; count += 1) here.unfinished.begin(`login ${count}`, ADDRESS);
  assert.equal(there.unfinished.begin('one more', ADDRESS), 'network_full');
  there.unfinished.end('login 0');
  assert.equal(here.unfinished.begin('one more', ADDRESS), 'begun');
});

test('a resource server is given its tickets by both processes together', () => {
  const { one, other } = twoProcesses();
  const options = { lifetimeMs: 60_000, maxTickets: 2 };
  const [here, there] = [sharedAllowance(options, one), sharedAllowance(options, other)];
  assert.deepEqual([here('photos'), there('photos'), here('photos')], [true, true, false]);
  assert.equal(there('photos'), false);
});

test('requests are counted by both processes, and none that is refused', () => {
  const { one, other, told } = twoProcesses();
  const rule = { name: 'rule', covers: () => true, burst: 2, perSecond: 1 };
  const rates = (of: OpenAnnouncements) =>
    sharedRates(
      createRequestRates([rule], () => 0),
      'request of an address',
      of,
    );
  const [here, there] = [rates(one), rates(other)];
  here.count(ADDRESS, '/');
  there.count(ADDRESS, '/');
  assert.throws(() => here.count(ADDRESS, '/'), RequestError);
  assert.throws(() => there.count(ADDRESS, '/'), RequestError);
  assert.equal(told.length, 1);
});

test('requests that no rule counts are told to nobody', () => {
  const { one, told } = twoProcesses();
  const covers = (path: string): boolean => path === '/token';
  const rule = { name: 'rule', covers, burst: 2, perSecond: 1 };
  const rates = sharedRates(
    createRequestRates([rule], () => 0),
    'request of an address',
    one,
  );
  rates.count(ADDRESS, '/assets/style.css');
  assert.deepEqual(told, []);
  rates.count(ADDRESS, '/token');
  assert.deepEqual(told, [['request of an address', ADDRESS, '/token']]);
});

test('a token that one process has ended is asked for anew in the other, until that one closes', async () => {
  const { one, other } = twoProcesses();
  const parts = createSharedParts(other)();
  const cache = { cache: { ttl: 60_000, max_entries: 10 } };
  const here = openIntrospectionCache(cache, {}, createSharedParts(one)());
  const there = openIntrospectionCache(cache, {}, parts);
  let asked = 0;
  const ask = () =>
    there?.answer('key', async () => {
      asked += 1;
      const answer = { status: 200, headers: [], body: Buffer.from('{}') };
      return { answer, keep: { token: 'token', clientId: 'app', expiresAt: undefined } };
    });
  await ask();
  await ask();
  assert.equal(asked, 1);
  here?.forget({ token: 'token', clientId: 'app' });
  await ask();
  assert.equal(asked, 2);
  await parts.release();
  here?.forget({ token: 'token', clientId: 'app' });
  await ask();
  assert.equal(asked, 2);
});
