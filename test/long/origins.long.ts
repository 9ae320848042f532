import { test } from 'node:test';

import { compareWithOrigin } from '../origins/desync.ts';
import { ORIGINS } from '../origins/kinds.ts';
import { desyncShapes } from '../origins/shapes.ts';

const shapes = desyncShapes({ all: true });

for (const kind of ORIGINS) {
  test(
    `T49: of ${shapes.length} odd requests ${kind.name} sees those that were meant, and no others`,
    { skip: kind.without },
    (t) => compareWithOrigin(t, { kind, shapes }),
  );
}
