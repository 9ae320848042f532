import assert from 'node:assert/strict';
import { test } from 'node:test';

import { assess } from '../../../src/token-service/uma/assessment.ts';
import { fitInToken, mergePermissions } from '../../../src/token-service/uma/permission.ts';
import type { Policy } from '../../../src/token-service/uma/policy.ts';
import type { Resource } from '../../../src/token-service/uma/resource.ts';

const album: Resource = {
  id: 'album',
  type: 'photos',
  scopes: ['view', 'print', 'delete'],
  owner: { clientId: 'server', user: 'larry' },
};
const untyped: Resource = { id: 'file', scopes: ['view'], owner: { clientId: 'server' } };

const base: Policy = {
  clients: ['app'],
  requester: undefined,
  resources: [],
  resourceTypes: ['photos'],
  scopes: ['view', 'print', 'edit'],
};

interface Ask {
  readonly policies?: readonly Policy[];
  readonly clientId?: string;
  readonly user?: string;
  readonly scopes?: readonly string[];
  readonly requested?: readonly string[];
  readonly resource?: Resource;
}

/** The scopes that are granted of one resource. */
function granted({
  policies = [base],
  clientId = 'app',
  user,
  scopes = ['view'],
  requested = [],
  resource = album,
}: Ask) {
  const asked = { permissions: [{ resource, scopes }], requestedScopes: requested };
  const outcome = assess(asked, { clientId, user }, policies);
  return outcome === 'invalid_scope' ? outcome : outcome.flatMap((permission) => permission.scopes);
}

test('what no policy says is not granted', () => {
  assert.deepEqual(granted({ policies: [] }), []);
  assert.deepEqual(granted({ clientId: 'other' }), []);
  assert.deepEqual(granted({ scopes: ['delete'] }), []);
  assert.deepEqual(granted({ resource: untyped }), [], 'a resource without a type');
  assert.deepEqual(
    granted({ policies: [{ ...base, resourceTypes: [''] }], resource: untyped }),
    [],
  );
  assert.deepEqual(
    granted({ policies: [{ ...base, resourceTypes: [], resources: ['file'] }] }),
    [],
  );
});

test('policies add up, by id and by type', () => {
  const byId = { ...base, resourceTypes: [], resources: ['album'], scopes: ['delete'] };
  const scopes = ['view', 'delete'];
  assert.deepEqual(granted({ policies: [base, byId], scopes }), scopes);
  assert.deepEqual(granted({ policies: [byId], scopes }), ['delete']);
});

test('a policy for users is for them alone, one for the owner for the owner', () => {
  const users = [{ ...base, requester: { users: ['sam'] } }];
  assert.deepEqual(granted({ policies: users, user: 'sam' }), ['view']);
  assert.deepEqual(granted({ policies: users, user: 'larry' }), []);
  assert.deepEqual(granted({ policies: users }), []);
  const owner = [{ ...base, requester: 'owner' as const }];
  assert.deepEqual(granted({ policies: owner, user: 'larry' }), ['view']);
  assert.deepEqual(granted({ policies: owner, user: 'sam' }), []);
  assert.deepEqual(granted({ policies: owner }), []);
  const ofServer = { ...untyped, type: 'photos' };
  assert.deepEqual(granted({ policies: owner, resource: ofServer }), [], 'nobody owns it');
  assert.deepEqual(granted({ user: 'anybody' }), ['view'], 'for whomever the client acts');
});

test('requested scopes come on top, if the client and a resource have them', () => {
  assert.deepEqual(granted({ requested: ['print'] }), ['view', 'print']);
  assert.deepEqual(granted({ scopes: [], requested: ['print'] }), ['print']);
  assert.equal(granted({ requested: ['edit'] }), 'invalid_scope', 'no resource has it');
  assert.equal(
    granted({ requested: ['delete'] }),
    'invalid_scope',
    'the client may not ask for it',
  );
  assert.deepEqual(granted({ scopes: ['edit'] }), [], 'a scope that the resource has no longer');
});

test('a requested scope is granted of those resources that have it', () => {
  const permissions = [album, untyped].map((resource) => ({ resource, scopes: ['view'] }));
  const policies = [{ ...base, resources: ['file'] }];
  const asked = { permissions, requestedScopes: ['print'] };
  assert.deepEqual(assess(asked, { clientId: 'app' }, policies), [
    { resourceId: 'album', scopes: ['view', 'print'] },
    { resourceId: 'file', scopes: ['view'] },
  ]);
});

test('permissions for one resource are joined, and only so many fit in a token', () => {
  const joined = mergePermissions([
    { resourceId: 'a', scopes: ['x', 'y'] },
    { resourceId: 'b', scopes: ['x'] },
    { resourceId: 'a', scopes: ['y', 'z'] },
  ]);
  assert.deepEqual(joined, [
    { resourceId: 'a', scopes: ['x', 'y', 'z'] },
    { resourceId: 'b', scopes: ['x'] },
  ]);
  const many = (count: number, scopes: readonly string[]) =>
    Array.from({ length: count }, (_, index) => ({ resourceId: `${index}`, scopes }));
  assert.equal(fitInToken(many(32, ['x'])), true);
  assert.equal(fitInToken(many(33, ['x'])), false);
  assert.equal(
    fitInToken(
      many(
        32,
        Array.from({ length: 5 }, () => 'x'.repeat(250)),
      ),
    ),
    false,
  );
});
