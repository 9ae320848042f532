import { test } from 'node:test';

import { compareWithOrigin } from './desync.ts';
import { ORIGINS } from './kinds.ts';
import { desyncShapes } from './shapes.ts';

const shapes = desyncShapes({ all: false });

for (const kind of ORIGINS) {
  test(
    `T49: of ${shapes.length} odd requests ${kind.name} sees those that were meant, and no others`,
    { skip: kind.without },
    (t) => compareWithOrigin(t, { kind, shapes }),
  );
}
