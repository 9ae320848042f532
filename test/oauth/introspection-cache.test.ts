import assert from 'node:assert/strict';
import { test } from 'node:test';

import { UpstreamError } from '../../src/errors.ts';
import { createIntrospectionCache } from '../../src/oauth/introspection-cache.ts';
import type { KeepFacts, LoadedAnswer } from '../../src/oauth/introspection-cache.ts';

const START_MS = 1_800_000_000_000;
const TTL_MS = 10_000;

function answerOf(text: string, keep?: Partial<KeepFacts>): LoadedAnswer {
  const facts = { token: 'tok', clientId: 'a', expiresAt: undefined, ...keep };
  return { answer: { status: 200, headers: [], body: Buffer.from(text) }, keep: facts };
}

function createFixture(maxEntries = 100) {
  let time = START_MS;
  let loads = 0;
  const cache = createIntrospectionCache({ ttlMs: TTL_MS, maxEntries, now: () => time });
  return {
    cache,
    loads: () => loads,
    at: (milliseconds: number) => {
      time = START_MS + milliseconds;
    },
    ask: async (key: string, keep?: Partial<KeepFacts>) => {
      const answer = await cache.answer(key, async () => {
        loads += 1;
        return answerOf(`load ${loads}`, keep);
      });
      return answer.body.toString();
    },
  };
}

test('an answer is used again until its time is over, and not a moment longer', async () => {
  const { ask, at } = createFixture();
  assert.equal(await ask('k'), 'load 1');
  at(TTL_MS - 1);
  assert.equal(await ask('k'), 'load 1');
  assert.equal(await ask('another key'), 'load 2');
  at(TTL_MS);
  assert.equal(await ask('k'), 'load 3');
});

test('T36: an answer is never used past the exp of its token', async () => {
  const { ask, at } = createFixture();
  const expiresAt = START_MS / 1_000 + 3;
  assert.equal(await ask('k', { expiresAt }), 'load 1');
  at(2_999);
  assert.equal(await ask('k', { expiresAt }), 'load 1');
  at(3_000);
  assert.equal(await ask('k', { expiresAt }), 'load 2');
  assert.equal(await ask('k', { expiresAt }), 'load 3', 'one that has ended is not kept');
});

test('F13: a clock that goes back ends what was kept', async () => {
  const { ask, at } = createFixture();
  assert.equal(await ask('k'), 'load 1');
  at(-1);
  assert.equal(await ask('k'), 'load 2');
});

test('F22: five thousand that ask at once cause one question, also when it fails', async () => {
  const { cache, at, ask } = createFixture();
  await ask('k');
  at(TTL_MS);
  const waiting = Promise.withResolvers<LoadedAnswer>();
  let loads = 0;
  const askAll = () =>
    Promise.allSettled(
      Array.from({ length: 5_000 }, () =>
        cache.answer('k', () => {
          loads += 1;
          return waiting.promise;
        }),
      ),
    );
  const failing = askAll();
  waiting.reject(
    new UpstreamError({ status: 503, reason: 'upstream_unreachable', publicText: 'down' }),
  );
  const settled = await failing;
  assert.ok(settled.every(({ status }) => status === 'rejected'));
  assert.equal(loads, 1);
  assert.equal(await ask('k'), 'load 2', 'the failure is not kept');
});

test('answers that are not to be kept, or are too large, are not', async () => {
  const { cache } = createFixture();
  let loads = 0;
  const ask = (key: string, loaded: LoadedAnswer) =>
    cache.answer(key, async () => {
      loads += 1;
      return loaded;
    });
  const refused = { ...answerOf('no'), keep: undefined };
  for (const loaded of [refused, answerOf('x'.repeat(20_000))]) {
    loads = 0;
    await ask('k', loaded);
    await ask('k', loaded);
    assert.equal(loads, 2);
  }
});

test('the oldest answer makes room', async () => {
  const { ask, loads } = createFixture(2);
  for (const key of ['a', 'b', 'c', 'b', 'c']) await ask(key);
  assert.equal(loads(), 3);
  await ask('a');
  assert.equal(loads(), 4);
});

test('the end of a token ends the answers about it and about other tokens of its client', async () => {
  const { cache, ask } = createFixture();
  await ask('own', { token: 't1', clientId: 'a' });
  await ask('same client', { token: 't2', clientId: 'a' });
  await ask('unsaid', { token: 't3', clientId: undefined });
  await ask('other', { token: 't4', clientId: 'b' });
  cache.forget({ token: 't1', clientId: 'a' });
  assert.equal(await ask('other'), 'load 4');
  assert.equal(await ask('own'), 'load 5');
  assert.equal(await ask('same client'), 'load 6');
  assert.equal(await ask('unsaid'), 'load 7');
  cache.forget({ token: 'of nobody known', clientId: undefined });
  assert.equal(await ask('other'), 'load 8');
});

test('an answer that was under way when its token was revoked is neither kept nor joined', async () => {
  const { cache, ask } = createFixture();
  const early = Promise.withResolvers<LoadedAnswer>();
  const first = cache.answer('k', () => early.promise);
  cache.forget({ token: 'tok', clientId: 'a' });
  assert.equal(await ask('k'), 'load 1', 'a new question is asked');
  early.resolve(answerOf('stale'));
  assert.equal((await first).body.toString(), 'stale');
  assert.equal(await ask('k'), 'load 1');
});
