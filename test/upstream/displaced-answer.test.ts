import assert from 'node:assert/strict';
import test from 'node:test';

import type { HeldUp } from '../../src/upstream/answer-stream.ts';
import { findDisplaced } from '../../src/upstream/displaced-answer.ts';
import { createShares } from '../../src/upstream/shares.ts';

const NOW = 100_000;

interface Use {
  readonly name: string;
  /** Milliseconds since which its reader has taken nothing; absent where it reads. */
  readonly idle?: number;
  readonly taken?: number;
}

interface Named {
  readonly name: string;
  heldUp(): HeldUp | undefined;
}

/** The name of the answer that gives way to a network that has waited so long. */
function displaced(uses: readonly Use[], network: string, waitedMs: number): string | undefined {
  const shares = createShares();
  const busy = uses.map(({ name, idle, taken = 0 }): readonly [Named, string] => {
    shares.take(name.slice(0, 1));
    const heldUp = (): HeldUp | undefined =>
      idle === undefined ? undefined : { since: NOW - idle, takenOfLate: () => taken };
    return [{ name, heldUp }, name.slice(0, 1)];
  });
  return findDisplaced(busy, { network, since: NOW - waitedMs }, shares.of, NOW)?.name;
}

test('an answer of which nothing was taken for a second gives way at once', () => {
  const uses = [
    { name: 'a1', idle: 900 },
    { name: 'a2', idle: 1_000 },
  ];
  assert.equal(displaced(uses, 'b', 0), 'a2');
  assert.equal(displaced(uses, 'a', 0), 'a2');
});

test('of several the one gives way of which the least was taken, of the network with the most', () => {
  const uses = [
    { name: 'a1', idle: 9_000 },
    { name: 'b1', idle: 1_500, taken: 300 },
    { name: 'b2', idle: 1_000, taken: 200 },
    { name: 'b3' },
  ];
  assert.equal(displaced(uses, 'c', 0), 'b2');
});

test('answers that are read give way to none of their own network', () => {
  const uses = [{ name: 'a1', idle: 10, taken: 64_000 }, { name: 'a2', idle: 10 }, { name: 'a3' }];
  assert.equal(displaced(uses, 'a', 60_000), undefined);
});

test('a network that has waited for a second gets its share from one with more', () => {
  const uses = [
    { name: 'a1', idle: 10, taken: 64_000 },
    { name: 'a2', idle: 10, taken: 63_000 },
    { name: 'a3' },
  ];
  assert.equal(displaced(uses, 'b', 999), undefined);
  assert.equal(displaced(uses, 'b', 1_000), 'a2');
  assert.equal(displaced([...uses, { name: 'b1' }], 'b', 1_000), 'a2');
  assert.equal(displaced([...uses, { name: 'b1' }, { name: 'b2' }], 'b', 1_000), undefined);
});

test('a network with much never displaces an answer of one with less', () => {
  const uses = [{ name: 'a1' }, { name: 'a2' }, { name: 'b1', idle: 30_000 }];
  assert.equal(displaced(uses, 'a', 30_000), undefined);
});
