import assert from 'node:assert/strict';
import { test } from 'node:test';

import type { RouteConfig } from '../../src/config/schema.ts';
import { pathReadings } from '../../src/gateway/path-readings.ts';
import { createPathPolicies } from '../../src/gateway/path-policy.ts';
import type { PathPolicy } from '../../src/gateway/path-policy.ts';

const ROUTES: readonly RouteConfig[] = [
  { path: '/*', client_certificate: 'require' },
  { path: '/public/*', client_certificate: 'ignore' },
  { path: '/public/admin/*', client_certificate: 'require_trusted' },
  { path: '/public/admin', client_certificate: 'forbid' },
  { path: '/public/admin/ws/*', upgrade: true },
  { path: '/Mixed/Case', client_certificate: 'want' },
];

/** The policy of each path under these routes. */
function policiesOf(routes: readonly RouteConfig[]): (path: string) => PathPolicy | undefined {
  const policies = createPathPolicies(routes);
  return (path) => policies.of(path, pathReadings(path));
}

test('the longest route counts, and what it leaves out the next shorter one gives', () => {
  const policyOf = policiesOf(ROUTES);
  const told = (path: string): string => {
    const { clientCertificate, upgrade } = policyOf(path) ?? {};
    return `${clientCertificate} ${upgrade}`;
  };
  assert.equal(told('/'), 'require false');
  assert.equal(told('/publicity'), 'require false');
  assert.equal(told('/public'), 'ignore false');
  assert.equal(told('/public/'), 'ignore false');
  assert.equal(told('/public/x/y'), 'ignore false');
  assert.equal(told('/public/admin'), 'forbid false');
  assert.equal(told('/public/admin/x'), 'require_trusted false');
  assert.equal(told('/public/admin/ws'), 'require_trusted true');
  assert.equal(told('/public/admin/ws/room;v=1'), 'require_trusted true');
  assert.equal(told('/Mixed/Case'), 'want false');
  assert.equal(told('/Mixed/Case/below'), 'require false');
});

test('without routes a certificate is used where there is one, and nothing is upgraded', () => {
  const policyOf = policiesOf([]);
  assert.deepEqual(policyOf('/a/B//%20c;d'), {
    clientCertificate: 'want',
    upgrade: false,
    maxBodyBytes: undefined,
  });
});

test('the order of routes in the configuration does not count', () => {
  const policyOf = policiesOf(ROUTES);
  const turned = policiesOf(ROUTES.toReversed());
  for (const path of ['/', '/public', '/public/admin', '/public/admin/ws/x', '/Mixed/Case']) {
    assert.deepEqual(turned(path), policyOf(path));
  }
});

test('a path that a server may read as one of another route has no policy (T57)', () => {
  const policyOf = policiesOf(ROUTES);
  for (const path of [
    '/Public/x',
    '/public/admin/',
    '/public//admin/x',
    '/public/Admin/x',
    '/public/adm%69n/x',
    '/public/%2561dmin/x',
    '/public%2fadmin/x',
    '/public%5cadmin/x',
    '/public;v=1/admin/x',
    '/public/admin;v=1/x',
    '/public/admin%20/x',
    '/public/admin./x',
    '/public/admin%3fx',
    '/public/admin%23x',
    '/public/%EF%BD%81dmin/x',
    '/public/admin%EF%BC%8Fx',
    '/mixed/case',
  ]) {
    assert.equal(policyOf(path), undefined, path);
  }
});

test('dot segments, control characters and damaged encoding have no one reading (T57)', () => {
  for (const path of [
    '/a/../b',
    '/a/./b',
    '/a/..',
    '/a/..;x/b',
    '/a/.%2e/b',
    '/a/%252e%252e/b',
    '/a/..%20/b',
    '/a/%EF%BC%8E%EF%BC%8E/b',
    '/a%0ab',
    '/a%7f',
    '/a%c0%afb',
    '/a%25c0%25afb',
    '/a%ff',
    `/a%${'25'.repeat(5)}2f`,
  ]) {
    assert.deepEqual(pathReadings(path), [], path);
  }
});

/** Steps that a server may take, each of which another one leaves out. */
const STEPS: readonly ((path: string) => string)[] = [
  (path) => path.toLowerCase(),
  (path) => path.replaceAll(/;[^/]*/g, ''),
  (path) => path.replaceAll(/\/{2,}/g, '/'),
  (path) => path.replaceAll('\\', '/'),
  (path) => path.replaceAll(/[. ]+(?=\/|$)/g, ''),
  (path) => path.replace(/[?#].*$/s, ''),
  (path) => path.replace(/(?<=.)\/$/, ''),
  (path) => path.replaceAll(/%[0-7][0-9a-f]/gi, (text) => decodeURIComponent(text)),
];

test('no subset of what servers do to a path leads to another route (T57)', () => {
  const policyOf = policiesOf(ROUTES);
  const pieces = ['public', 'admin', 'Admin', 'ws', 'x', '%61dmin', ';v', '.', '%2f', '%5c', '%20'];
  const joins = ['/', '/', '/', '//', '', '%252f', '%3f', '%3b'];
  // A fixed sequence: every run tries the same paths.
  let seed = 1;
  const next = (below: number): number => {
    seed = (seed * 48_271) % 2_147_483_647;
    return seed % below;
  };
  let settled = 0;
  for (let round = 0; round < 20_000; round += 1) {
    let path = '';
    for (let length = 1 + next(5); length > 0; length -= 1) {
      const join = path === '' ? '/' : (joins[next(joins.length)] ?? '');
      path += join + (pieces[next(pieces.length)] ?? '');
    }
    const policy = policyOf(path);
    if (policy === undefined) continue;
    settled += 1;
    let read = path;
    for (let step = next(6); step > 0; step -= 1) {
      read = STEPS[next(STEPS.length)]?.(read) ?? read;
      const other = policyOf(read);
      assert.ok(other === undefined || other === policy, `${path} read as ${read}`);
      assert.equal(literal(read), literal(path), `${path} read as ${read}`);
    }
  }
  assert.ok(settled > 1_000, `${settled} paths had a policy`);
});

/** The route that a server finds which compares what it has read letter by letter. */
function literal(path: string): string | undefined {
  return [
    '/public/admin/ws/*',
    '/public/admin',
    '/public/admin/*',
    '/public/*',
    '/Mixed/Case',
    '/*',
  ].find((route) =>
    route.endsWith('/*')
      ? path === route.slice(0, -2) || path.startsWith(route.slice(0, -1))
      : path === route,
  );
}
