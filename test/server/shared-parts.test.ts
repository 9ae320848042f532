import assert from 'node:assert/strict';
import { test } from 'node:test';

import { StartError } from '../../src/errors.ts';
import { ALONE } from '../../src/server/announcements.ts';
import { createSharedParts } from '../../src/server/shared-parts.ts';
import type { Parts } from '../../src/server/shared-parts.ts';

/** Opens parts that say when they were opened and closed. */
function recorder() {
  const events: string[] = [];
  let opened = 0;
  const use = (parts: Parts, options: unknown, kind = 'pool'): number =>
    parts.use(kind, options, (onStop) => {
      opened += 1;
      const number = opened;
      events.push(`open ${number}`);
      onStop(async () => void events.push(`close ${number}`));
      return number;
    });
  return { events, use };
}

test('a part with equal options is one, and is closed with its last user', async () => {
  const newParts = createSharedParts(ALONE);
  const { events, use } = recorder();
  const [first, second] = [newParts(), newParts()];
  assert.equal(use(first, { url: 'a' }), 1);
  assert.equal(use(first, { url: 'a' }), 1);
  assert.equal(use(second, { url: 'a' }), 1);
  assert.equal(use(second, { url: 'b' }), 2);
  assert.equal(use(second, { url: 'a' }, 'other kind'), 3);
  await first.release();
  assert.deepEqual(events, ['open 1', 'open 2', 'open 3']);
  await second.release();
  await second.release();
  assert.deepEqual(events.slice(3), ['close 3', 'close 2', 'close 1']);
  assert.equal(use(newParts(), { url: 'a' }), 4);
});

test('what is released opens nothing any more, and what fails to open is not kept', async () => {
  const newParts = createSharedParts(ALONE);
  const parts = newParts();
  await assert.rejects(
    parts.use('part', 1, () => Promise.reject(new Error('no'))),
    /no/,
  );
  await parts.release();
  assert.throws(() => parts.use('part', 2, () => 2), StartError);
  assert.equal(
    newParts().use('part', 1, () => 1),
    1,
  );
});

test('one that can not be closed keeps no other open', async () => {
  const { events, use } = recorder();
  const parts = createSharedParts(ALONE)();
  use(parts, 1);
  parts.use('broken', 1, (onStop) => onStop(() => Promise.reject(new Error('no'))));
  use(parts, 2);
  await assert.rejects(parts.release(), /no/);
  assert.deepEqual(events.slice(2), ['close 2', 'close 1']);
});

test('one that is open only after its release is closed at once', async () => {
  const parts = createSharedParts(ALONE)();
  const opening = Promise.withResolvers<void>();
  const closed = Promise.withResolvers<void>();
  const part = parts.use('slow', 1, async (onStop) => {
    await opening.promise;
    onStop(async () => closed.resolve());
  });
  await parts.release();
  opening.resolve();
  await part;
  await closed.promise;
});
