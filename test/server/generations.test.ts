import assert from 'node:assert/strict';
import { test } from 'node:test';

import type { Generation } from '../../src/server/generation.ts';
import { createGenerations } from '../../src/server/generations.ts';

/** A generation that does nothing but tell that it was closed. */
function generation(name: string, closed: string[]): Generation {
  return {
    begin: () => {},
    retire: () => {},
    close: async () => void closed.push(name),
  } as unknown as Generation;
}

test('a generation that was replaced is closed when the last of its requests is over', () => {
  const closed: string[] = [];
  const generations = createGenerations(generation('old', closed), assert.fail);
  const first = generations.lease();
  const second = generations.lease();
  generations.replace(generation('new', closed));
  first.end();
  assert.deepEqual(closed, []);
  second.end();
  assert.deepEqual(closed, ['old']);
  generations.lease().end();
  assert.deepEqual(closed, ['old']);
});
