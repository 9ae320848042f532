/** What counts as weaker, key by key; that no key is forgotten is weaker-keys.test.ts. */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { changedKeys } from '../../../src/config/changed-keys.ts';
import { restartKeys } from '../../../src/config/restart-keys.ts';
import { weakerPolicies } from '../../../src/config/weaker/weaker-policy.ts';
import { createCheckedStates } from './checked-states.ts';
import type { Parts } from './checked-states.ts';
import { ADMIN } from './trust-steps.ts';
import { STEPS } from './weaker-steps.ts';

test('every step towards less is told, and none of the way back', async (t) => {
  const { readState } = await createCheckedStates(t);
  for (const { key, told, before, after, eitherWay } of STEPS) {
    await t.test(key, async () => {
      const [a, b] = [await readState(before), await readState(after)];
      const weaker = await weakerPolicies(a, b);
      assert.equal(weaker.length, told.length, weaker.join('\n'));
      told.forEach((line, index) => assert.ok(weaker[index]?.includes(line), weaker.join()));
      if (eitherWay !== true) assert.deepEqual(await weakerPolicies(b, a), []);
      assert.deepEqual(await weakerPolicies(a, a), []);
    });
  }
});

test('one guard in the place of another is told as what it lets pass', async (t) => {
  const { readState } = await createCheckedStates(t);
  const [a, b] = [
    await readState({ upstream: '', rest: ADMIN('a') }),
    await readState({ upstream: '', rest: ADMIN('b') }),
  ];
  assert.match(
    (await weakerPolicies(a, b)).join('\n'),
    /^admin_paths\.\/admin\/\*\.certificate_thumbprints: b+ was added$/m,
  );
});

test('a path below a guarded one is compared with what counted for it before', async (t) => {
  const { readState } = await createCheckedStates(t);
  const steps: readonly (readonly [before: Parts, after: Parts, told: readonly string[]])[] = [
    [
      { rest: 'routes: [{path: /*, client_certificate: require}]' },
      {
        rest: 'routes: [{path: /*, client_certificate: require}, {path: /open, client_certificate: ignore}]',
      },
      ['routes./open.client_certificate: require became ignore'],
    ],
    [
      { rest: 'routes: [{path: /*, client_certificate: require}]' },
      {
        rest: 'routes: [{path: /*, client_certificate: require}, {path: /x, max_body_bytes: 1}]',
      },
      [],
    ],
    [
      { upstream: '', rest: 'protected_paths: [{path: /api/*}]' },
      {
        upstream: '',
        rest: 'protected_paths: [{path: /api/*}, {path: /api/v1/*, binding: if_bound}]',
      },
      ['protected_paths./api/v1/*.binding: required became if_bound'],
    ],
    [
      { upstream: '', rest: 'protected_paths: [{path: /api/*}, {path: /api/v1/*}]' },
      { upstream: '', rest: 'protected_paths: [{path: /api/*}]' },
      [],
    ],
  ];
  for (const [before, after, told] of steps) {
    const [a, b] = [await readState(before), await readState(after)];
    assert.deepEqual(await weakerPolicies(a, b), told);
  }
});

test('a policy of UMA is told unless one before gave as much', async (t) => {
  const { readState } = await createCheckedStates(t);
  const withPolicies = (...policies: readonly string[]): Parts => ({
    client: ", grant_types: [client_credentials, 'urn:ietf:params:oauth:grant-type:uma-ticket']",
    embedded: `, users_file: users, uma: {policies: [${policies.join(', ')}]}`,
  });
  const wide = '{clients: [a], resources: [one, two], scopes: [read, write]}';
  const narrow = '{clients: [a], users: [alice], resources: [one], scopes: [read]}';
  const other = '{clients: [a], resource_types: [one], scopes: [read]}';
  const added = async (before: Parts, after: Parts) =>
    (await weakerPolicies(await readState(before), await readState(after))).map((line) =>
      line.replace(/:.*/, ''),
    );
  assert.deepEqual(await added(withPolicies(wide), withPolicies(narrow)), []);
  assert.deepEqual(await added(withPolicies(wide), withPolicies(narrow, wide)), []);
  const place = 'token_service.embedded.uma.policies';
  assert.deepEqual(await added(withPolicies(narrow), withPolicies(wide)), [`${place}.0`]);
  assert.deepEqual(await added(withPolicies(wide), withPolicies(wide, other)), [`${place}.1`]);
});

test('changed keys are named without a value', async (t) => {
  const { readState } = await createCheckedStates(t);
  const [a, b] = [
    await readState({ rest: 'shutdown: {drain_timeout: 1s}' }),
    await readState({
      listener: ', client_certificate: require',
      client: ', spki_pins: [' + 'ab'.repeat(32) + ']',
    }),
  ];
  assert.deepEqual(await changedKeys(a, b), [
    'listeners.public.client_certificate',
    'clients.a.spki_pins',
    'shutdown.drain_timeout',
  ]);
  assert.deepEqual(await changedKeys(a, a), []);
});

test('a listener of another name at the same address needs a restart', async (t) => {
  const { readState } = await createCheckedStates(t);
  const [a, b] = [await readState({}), await readState({ listener: ', name: third' })];
  assert.deepEqual(restartKeys(a, b), [['listeners', 0, 'name']]);
  assert.deepEqual(restartKeys(a, a), []);
});
