/** Every key of the schema is known to make a configuration weaker, or not to; a new one is missed here. */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { configJsonSchema } from '../../../src/config/json-schema.ts';
import type { JsonSchema } from '../../../src/config/json-schema.ts';
import { OTHER_KEYS } from './other-keys.ts';
import { STEPS } from './weaker-steps.ts';

/** What holds a value, as `listeners[].limits.max_body_bytes`. */
function keysOf(schema: JsonSchema, place = ''): readonly string[] {
  const branches = [...(schema.anyOf ?? []), ...(schema.oneOf ?? [])];
  if (branches.some(({ properties }) => properties !== undefined)) {
    return branches.flatMap((branch) => keysOf(branch, place));
  }
  const { items, properties = {} } = schema;
  if (items !== undefined) {
    const below = keysOf(items, `${place}[]`);
    return below.length === 1 && below[0] === `${place}[]` ? [place] : below;
  }
  const entries = Object.entries(properties);
  if (entries.length === 0) return [place];
  return entries.flatMap(([key, below]) => keysOf(below, place === '' ? key : `${place}.${key}`));
}

test('each key of the schema makes a configuration weaker by a step, or says why it can not', () => {
  const all = new Set(keysOf(configJsonSchema()));
  assert.ok(all.size > 150);
  const weaker = new Set(STEPS.map(({ key }) => key));
  const others = new Set(Object.values(OTHER_KEYS).flat());
  const known = weaker.union(others);
  assert.deepEqual([...all.difference(known)], [], 'keys of which nobody has thought');
  assert.deepEqual([...known.difference(all)], [], 'keys that there are no more');
  assert.deepEqual([...weaker.intersection(others)], []);
});
