import assert from 'node:assert/strict';
import { test } from 'node:test';

import { createVerdictCache } from '../../src/trust/verdict-cache.ts';

const ALWAYS = { validFrom: 0, validUntil: 100 };

test('a verdict is found in its generation and its span of time and in no other', () => {
  const cache = createVerdictCache<string>(10);
  const put = (): void => cache.put('a', 1, { verdict: 'yes', validFrom: 10, validUntil: 20 });
  for (const [generation, now, expected] of [
    [1, 10, 'yes'],
    [1, 20, 'yes'],
    [1, 9, undefined],
    [1, 21, undefined],
    [2, 15, undefined],
  ] as const) {
    put();
    assert.equal(cache.get('a', generation, now), expected, `${generation} ${now}`);
  }
});

test('a verdict that no longer holds is forgotten', () => {
  const cache = createVerdictCache<string>(10);
  cache.put('a', 1, { verdict: 'yes', ...ALWAYS });
  assert.equal(cache.get('a', 2, 50), undefined);
  assert.equal(cache.size, 0);
});

test('the least lately used verdict makes room', () => {
  const cache = createVerdictCache<string>(2);
  cache.put('a', 1, { verdict: 'a', ...ALWAYS });
  cache.put('b', 1, { verdict: 'b', ...ALWAYS });
  assert.equal(cache.get('a', 1, 1), 'a');
  cache.put('c', 1, { verdict: 'c', ...ALWAYS });
  assert.deepEqual(
    ['a', 'b', 'c'].map((key) => cache.get(key, 1, 1)),
    ['a', undefined, 'c'],
  );
  assert.equal(cache.size, 2);
});
