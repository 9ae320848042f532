import assert from 'node:assert/strict';
import { test } from 'node:test';

import type { Bindings, FoundToken } from '../../src/bindings/bindings.ts';
import { RequestError, StoreError } from '../../src/errors.ts';
import { readAccessToken } from '../../src/oauth/access-token.ts';
import type { TokenSource } from '../../src/oauth/access-token.ts';
import type { Call } from '../../src/oauth/call.ts';
import { clientWith } from '../clients/presented.ts';

/** No decision here looks at the call. */
const call = {} as Call;

const unbound = clientWith({ method: 'none', clientId: 'unbound', binding: 'off' });
const registry = {
  find: (clientId: string) => (clientId === 'unbound' ? unbound : undefined),
};

const bindingsThat = (find: Bindings['find']): Bindings => ({
  find,
  promise: () => Promise.reject(new Error('not asked')),
  bindAll: () => Promise.reject(new Error('not asked')),
  extend: () => Promise.reject(new Error('not asked')),
  revoke: () => Promise.reject(new Error('not asked')),
});

const UNKNOWN: FoundToken = {
  upstreamToken: 'token',
  binding: undefined,
  isRevoked: false,
  expiresAt: undefined,
};

const saying =
  (clientId: string | undefined): TokenSource =>
  async () => ({ clientId, thumbprint: undefined, issuedAt: undefined });

const isUnknown = (error: unknown) =>
  error instanceof RequestError && error.status === 401 && error.reason === 'binding_unknown';

test('a store that does not answer lets nobody in', async () => {
  const failure = new StoreError('store_unavailable', 'connection refused');
  const bindings = bindingsThat(() => Promise.reject(failure));
  for (const source of [undefined, saying('unbound')]) {
    await assert.rejects(readAccessToken(call, 'token', { bindings, source, registry }), failure);
  }
});

test('a token without a binding is refused unless its client binds nothing', async () => {
  const bindings = bindingsThat(async () => UNKNOWN);
  for (const source of [undefined, saying('other'), saying(undefined)]) {
    const reading = readAccessToken(call, 'token', { bindings, source, registry });
    await assert.rejects(reading, isUnknown);
  }
  const source = saying('unbound');
  const { thumbprint } = await readAccessToken(call, 'token', { bindings, source, registry });
  assert.equal(thumbprint, undefined);
});

test('where nobody knows anything, nobody passes', async () => {
  const nothing = { bindings: undefined, source: undefined, registry };
  await assert.rejects(readAccessToken(call, 'token', nothing), isUnknown);
});
