import assert from 'node:assert/strict';
import { test } from 'node:test';

import { createRandom } from '../support/mutants.ts';
import { testAgreement } from './agreement.ts';
import { COMPARISONS } from './comparisons.ts';
import type { ComparisonName } from './comparisons.ts';
import { FOUND } from './found.ts';
import { disagreement } from './message.ts';
import { readByNodeClient } from './node-client.ts';
import { createNodeParser } from './node-parser.ts';
import { createNodeServer } from './node-server.ts';
import { piecesOf } from './shrink.ts';

testAgreement('requests', 3_000, 100);
testAgreement('requests to the reader', 6_000, 150);
testAgreement('answers', 6_000, 200);

test('what was once read more laxly than by Node is read so no more', async (t) => {
  for (const name of Object.keys(FOUND) as readonly ComparisonName[]) {
    const comparison = COMPARISONS[name]();
    t.after(comparison.close);
    for (const each of FOUND[name]) {
      const { problem } = await comparison.compare(each);
      assert.equal(problem, undefined, `${name}: ${JSON.stringify(each)}`);
    }
  }
});

test("Node's parser reads alone what it reads within node:http", async (t) => {
  const { generate } = COMPARISONS.requests();
  const random = createRandom(300);
  const parser = createNodeParser('REQUEST');
  const server = createNodeServer();
  t.after(server.close);
  for (let count = 0; count < 1_000; count += 1) {
    const each = generate(random);
    const pieces = piecesOf(each);
    const [alone, within] = [parser.read(pieces), await server.read(pieces)];
    const shown = JSON.stringify(each);
    // A server hears of a refusal before it is given the body in front of it.
    assert.equal(disagreement(within, alone), undefined, shown);
    assert.equal(within.length, alone.length, shown);
  }
});

test("Node's parser reads alone what the client of node:http reads", async () => {
  const { generate } = COMPARISONS.answers();
  const random = createRandom(400);
  const parser = createNodeParser('RESPONSE');
  const read = { alone: 0, within: 0 };
  for (let count = 0; count < 1_000; count += 1) {
    const each = generate(random);
    const pieces = piecesOf(each);
    const alone = parser.read(pieces, each).slice(0, 1);
    const within = await readByNodeClient(pieces, each);
    assert.equal(disagreement(within, alone), undefined, JSON.stringify(each));
    read.alone += alone.length;
    read.within += within.length;
  }
  // An answer that is refused right behind its head the client keeps to itself.
  assert.ok(read.within > 0.8 * read.alone, JSON.stringify(read));
});
