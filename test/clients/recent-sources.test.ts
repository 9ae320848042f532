import assert from 'node:assert/strict';
import { test } from 'node:test';

import { createRecentSources } from '../../src/clients/recent-sources.ts';
import type { JwksAddress } from '../../src/clients/recent-sources.ts';

function addressOf(uri: string, allowPrivate = false): JwksAddress {
  return { uri, allowPrivate, text: `${String(allowPrivate)} ${uri}` };
}

test('keeps a bounded number of sources, those that were asked for last', () => {
  const opened: string[] = [];
  const closed: string[] = [];
  const recent = createRecentSources(
    ({ uri }) => {
      opened.push(uri);
      return {
        current: async () => ({ kind: 'keys', jwks: { keys: [] } }),
        newerThan: async () => undefined,
        close: () => void closed.push(uri),
      };
    },
    { maxSources: 2 },
  );
  const first = recent.of(addressOf('a'));
  recent.of(addressOf('b'));
  assert.equal(recent.of(addressOf('a')), first);
  recent.of(addressOf('c'));
  assert.equal(recent.of(addressOf('a')), first, 'b was asked for longer ago');
  recent.of(addressOf('b'));
  assert.deepEqual(opened, ['a', 'b', 'c', 'b']);
  assert.notEqual(
    recent.of(addressOf('a', true)),
    first,
    'the leave of one is not that of another',
  );

  recent.close();
  assert.deepEqual(closed, ['b', 'a']);
});
