import assert from 'node:assert/strict';
import { test } from 'node:test';

import type { Ask } from '../running-service.ts';
import {
  ALBUM,
  createTroubledStore,
  PERMISSION,
  RESOURCES,
  startUmaService,
  UMA,
} from './uma-service.ts';

test('a body that is no description is refused, and nothing is registered', async (t) => {
  const { call: callWith, protectionToken } = await startUmaService(t);
  const pat = await protectionToken();
  const call = (path: string, body?: unknown, facts?: Ask) => callWith(pat, path, body, facts);
  const long = 'a'.repeat(1_025);
  const bodies: readonly (readonly [unknown, number])[] = [
    ['{', 400],
    [[], 400],
    [{}, 400],
    [{ resource_scopes: 'view' }, 400],
    [{ resource_scopes: ['two words'] }, 400],
    [{ resource_scopes: [1] }, 400],
    [{ resource_scopes: Array.from({ length: 65 }, (_, index) => `s${index}`) }, 400],
    [{ ...ALBUM, name: 1 }, 400],
    [{ ...ALBUM, name: long }, 400],
    [{ ...ALBUM, description: 'a'.repeat(40_000) }, 413],
  ];
  for (const [body, status] of bodies) {
    const answer = await call(RESOURCES, body);
    assert.deepEqual([answer.status, answer.json()['error']], [status, 'invalid_request']);
  }
  const form = { headers: { 'content-type': 'application/x-www-form-urlencoded' } };
  assert.equal((await call(RESOURCES, ALBUM, form)).status, 400);
  assert.deepEqual(JSON.parse((await call(RESOURCES)).text), []);
});

test('a body that is no permission is refused', async (t) => {
  const { call: callWith, protectionToken } = await startUmaService(t);
  const pat = await protectionToken();
  const call = (path: string, body?: unknown, facts?: Ask) => callWith(pat, path, body, facts);
  const id = String((await call(RESOURCES, ALBUM)).json()['_id']);
  const permission = { resource_id: id, resource_scopes: ['view'] };
  const bodies: readonly unknown[] = [
    'null',
    [],
    [[]],
    { resource_id: id },
    { resource_scopes: ['view'] },
    { resource_id: 1, resource_scopes: [] },
    Array.from({ length: 33 }, () => permission),
  ];
  for (const body of bodies) {
    const answer = await call(PERMISSION, body);
    assert.deepEqual([answer.status, answer.json()['error']], [400, 'invalid_request']);
  }
  for (const resourceId of ['', '../keys', '__proto__', id.toUpperCase()]) {
    const answer = await call(PERMISSION, { resource_id: resourceId, resource_scopes: [] });
    assert.deepEqual([answer.status, answer.json()['error']], [400, 'invalid_resource_id']);
  }
});

test('a method that an endpoint does not have is answered 405', async (t) => {
  const { call: callWith, protectionToken } = await startUmaService(t);
  const pat = await protectionToken();
  const call = (path: string, body?: unknown, facts?: Ask) => callWith(pat, path, body, facts);
  for (const [path, method, allow] of [
    [RESOURCES, 'DELETE', 'GET, POST'],
    [`${RESOURCES}/x`, 'POST', 'GET, PUT, DELETE'],
    [PERMISSION, 'GET', 'POST'],
  ] as const) {
    const answer = await call(path, undefined, { method });
    assert.equal(answer.status, 405);
    assert.equal(answer.headers['allow'], allow);
    assert.equal(answer.json()['error'], 'unsupported_method_type');
  }
});

test('a ticket that has expired is refused like one that never was', async (t) => {
  const { store, advance } = createTroubledStore(t);
  const { service, protectionToken, register, ticket, redeem } = await startUmaService(t, {
    store,
  });
  const pat = await protectionToken();
  const asked = await ticket(pat, await register(pat));
  advance(UMA.ticketLifetimeMs + 1_000);
  const expired = await redeem(asked);
  assert.deepEqual([expired.status, expired.json()['error']], [400, 'invalid_grant']);
  assert.equal((await redeem('never')).text, expired.text);
  const refused = service.log.filter(({ fields }) => fields['reason'] === 'uma_ticket_invalid');
  assert.equal(refused.length, 2);
});

test('a store that fails is answered 503 everywhere, never as absent or inactive', async (t) => {
  const { store, fail } = createTroubledStore(t);
  const uma = await startUmaService(t, { store });
  const pat = await uma.protectionToken();
  const id = await uma.register(pat);
  const [one, two] = [await uma.ticket(pat, id), await uma.ticket(pat, id)];
  const rpt = String((await uma.redeem(one)).json()['access_token']);

  fail('uma ');
  const answers = [
    await uma.call(pat, RESOURCES, ALBUM),
    await uma.call(pat, RESOURCES),
    await uma.call(pat, `${RESOURCES}/${id}`),
    await uma.call(pat, PERMISSION, { resource_id: id, resource_scopes: ['view'] }),
    await uma.redeem(two),
    await uma.introspect(rpt),
  ];
  fail('token-service ');
  answers.push(await uma.call(pat, RESOURCES));
  for (const answer of answers) {
    assert.equal(answer.status, 503, answer.text);
    assert.equal(answer.json()['error'], 'temporarily_unavailable');
    assert.doesNotMatch(answer.text, /disk/);
  }
  const { log } = uma.service;
  const failures = log.filter(({ fields }) => fields['reason'] === 'store_unavailable');
  assert.deepEqual(
    failures.map(({ level }) => level),
    answers.map(() => 'error'),
  );
});
