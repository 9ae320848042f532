import assert from 'node:assert/strict';
import { test } from 'node:test';

import type { JwksAnswer } from '../../src/clients/client-match.ts';
import { createJwksSource } from '../../src/clients/jwks-source.ts';
import { createFetcher } from '../../src/fetch/fetcher.ts';
import { selfSigned } from '../support/pki.ts';
import { createClock, sourceOf, startJwksServer, TIMES } from './jwks-server.ts';
import type { JwksServer } from './jwks-server.ts';
import { jwkWithChain } from './presented.ts';

const keySet = async (...ids: readonly string[]): Promise<object> => {
  const { certificate } = await selfSigned();
  return { keys: ids.map((kid) => ({ ...jwkWithChain(certificate), kid })) };
};
const idsOf = (answer: JwksAnswer | undefined): unknown =>
  answer?.kind === 'keys' ? answer.jwks.keys.map(({ keyId }) => keyId) : answer?.kind;
/** Goes on with what it began, whatever the signal says. */
const deafFetch = (server: JwksServer) => {
  const { signal } = new AbortController();
  const documents: Promise<unknown>[] = [];
  const fetch = (url: string) => {
    const document = server.fetch(url, { signal });
    documents.push(document);
    return document;
  };
  return { fetch, documents };
};
const jwksIn = (answer: JwksAnswer) => {
  assert.equal(answer.kind, 'keys');
  return answer.jwks;
};

test('fetches keys when they are asked for, and once for all who wait', async (t) => {
  const server = await startJwksServer(t);
  const source = sourceOf(t, server, { now: createClock().now });
  server.publish(await keySet('a', 'b'));
  assert.equal(server.requestCount(), 0);
  const answers = await Promise.all(Array.from({ length: 20 }, () => source.current()));
  assert.deepEqual(idsOf(answers[0]), ['a', 'b']);
  assert.ok(
    answers.every(
      (answer) => answer.kind === 'keys' && answer.jwks === jwksIn(answers[0] ?? answer),
    ),
  );
  assert.equal(server.requestCount(), 1);
});

test('uses an answer for its time, then asks again', async (t) => {
  const server = await startJwksServer(t);
  const clock = createClock();
  const source = sourceOf(t, server, clock);
  server.publish(await keySet('old'));
  await source.current();
  server.publish(await keySet('new'));
  clock.advance(TIMES.maxAgeMs - 1);
  assert.deepEqual(idsOf(await source.current()), ['old']);
  clock.advance(1);
  assert.deepEqual(idsOf(await source.current()), ['new']);
  assert.equal(server.requestCount(), 2);
});

test('asks again for an unknown certificate, at most once in the cooldown', async (t) => {
  const server = await startJwksServer(t);
  const clock = createClock();
  const source = sourceOf(t, server, clock);
  server.publish(await keySet('old'));
  const seen = jwksIn(await source.current());
  server.publish(await keySet('new'));

  assert.equal(await source.newerThan(seen), undefined);
  clock.advance(TIMES.cooldownMs);
  const answers = await Promise.all(Array.from({ length: 20 }, () => source.newerThan(seen)));
  assert.deepEqual(
    answers.map(idsOf),
    Array.from({ length: 20 }, () => ['new']),
  );
  assert.equal(server.requestCount(), 2);

  // Who comes late with the old keys in hand gets the new ones without another fetch.
  assert.deepEqual(idsOf(await source.newerThan(seen)), ['new']);
  const newest = jwksIn(await source.current());
  assert.equal(await source.newerThan(newest), undefined);
  assert.equal(server.requestCount(), 2);
});

test('keeps an answer when the next one fails, up to its bound', async (t) => {
  const server = await startJwksServer(t);
  const clock = createClock();
  const failures: string[] = [];
  const onFailure = ({ detail }: { readonly detail: string }) => void failures.push(detail);
  const source = sourceOf(t, server, { ...clock, onFailure });
  server.publish(await keySet('a'));
  const seen = jwksIn(await source.current());

  for (const broken of [500, 'not JSON', { keys: [{ kty: 'oct', k: 'secret' }] }]) {
    server.publish(broken);
    clock.advance(TIMES.maxAgeMs);
    assert.deepEqual(idsOf(await source.current()), ['a']);
    assert.equal(await source.newerThan(seen), undefined);
  }
  assert.equal(server.requestCount(), 4);
  assert.equal(failures.length, 3);
  assert.match(failures.join('\n'), /answered 500\n.*not JSON\n.*keys\[0\] has "k"/s);

  clock.advance(TIMES.maxStaleMs);
  assert.equal((await source.current()).kind, 'unavailable');
  server.publish(await keySet('b'));
  clock.advance(TIMES.cooldownMs);
  assert.deepEqual(idsOf(await source.current()), ['b']);
});

test('a server that fails is asked once in the cooldown, and the reason is told', async (t) => {
  const server = await startJwksServer(t);
  const clock = createClock();
  const source = sourceOf(t, server, clock);
  server.publish(404);
  for (let count = 0; count < 10; count += 1) {
    const answer = await source.current();
    assert.equal(answer.kind === 'unavailable' && answer.reason, 'client_keys_unavailable');
    assert.match(answer.kind === 'unavailable' ? answer.detail : '', /answered 404/);
  }
  assert.equal(server.requestCount(), 1);
  server.publish('{"keys":[],"keys":[]}');
  clock.advance(TIMES.cooldownMs);
  assert.deepEqual(await source.current(), {
    kind: 'unavailable',
    reason: 'client_keys_malformed',
    detail: 'a member stands twice',
  });
});

test('waits no longer than its bound, and a late answer never replaces a newer one', async (t) => {
  const server = await startJwksServer(t);
  const clock = createClock();
  const { fetch, documents } = deafFetch(server);
  const source = sourceOf(t, server, { ...clock, fetch }, { timeoutMs: 100 });
  server.hold();
  const first = source.current();
  const answerFirst = await server.held();
  const given = await first;
  assert.match(given.kind === 'unavailable' ? given.detail : '', /no answer within 100 ms/);

  clock.advance(TIMES.cooldownMs);
  const second = source.current();
  (await server.held())(await keySet('newer'));
  assert.deepEqual(idsOf(await second), ['newer']);

  answerFirst(await keySet('older'));
  await documents[0];
  clock.advance(TIMES.maxAgeMs);
  const third = source.current();
  (await server.held())({ keys: 'broken' });
  assert.deepEqual(idsOf(await third), ['newer']);
});

test('a late answer is taken where there is no newer one', async (t) => {
  const server = await startJwksServer(t);
  const { fetch, documents } = deafFetch(server);
  const source = sourceOf(t, server, { now: createClock().now, fetch }, { timeoutMs: 50 });
  server.hold();
  const first = source.current();
  const answerFirst = await server.held();
  assert.equal((await first).kind, 'unavailable');
  answerFirst({ keys: [] });
  await documents[0];
  // Parsing takes its turns of the event loop behind this one.
  let answer = await source.current();
  for (let turn = 0; turn < 10 && answer.kind !== 'keys'; turn += 1)
    answer = await source.current();
  assert.deepEqual(idsOf(answer), []);
  assert.equal(server.requestCount(), 1);
});

test('closing ends what is under way, and nothing is fetched after it', async (t) => {
  const server = await startJwksServer(t);
  const source = sourceOf(t, server, createClock());
  server.hold();
  const waiting = source.current();
  await server.held();
  source.close();
  assert.deepEqual(await waiting, {
    kind: 'unavailable',
    reason: 'client_keys_unavailable',
    detail: 'the key source is closed',
  });
  assert.equal((await source.current()).kind, 'unavailable');
  assert.equal(server.requestCount(), 1);
  source.close();
});

test('asks https addresses only', () => {
  const deps = { fetch: async () => new Uint8Array(), now: Date.now };
  for (const uri of ['http://client.example/jwks', 'file:///etc/passwd', 'data:,{}', 'jwks', '']) {
    assert.throws(() => createJwksSource({ uri, ...TIMES }, deps), {
      name: 'FetchError',
      reason: 'fetch_refused',
    });
  }
});

test('a private address is refused by the fetcher unless it is allowed', async (t) => {
  const server = await startJwksServer(t);
  const fetcher = createFetcher({
    maxBytes: 1_000,
    timeoutMs: 1_000,
    allowPrivateAddresses: false,
  });
  t.after(() => fetcher.close());
  const source = sourceOf(t, server, {
    ...createClock(),
    fetch: async (url, { signal }) => {
      const answer = await fetcher.fetch({ url, signal });
      return answer.kind === 'document' ? answer.body : new Uint8Array();
    },
  });
  const answer = await source.current();
  assert.match(answer.kind === 'unavailable' ? answer.detail : '', /address 127\.0\.0\.1/);
  assert.equal(server.requestCount(), 0);
});

test('a fetch that throws is a failure like any other', async (t) => {
  const server = await startJwksServer(t);
  const source = sourceOf(t, server, {
    ...createClock(),
    fetch: () => {
      throw new TypeError('broken');
    },
  });
  assert.deepEqual(await source.current(), {
    kind: 'unavailable',
    reason: 'client_keys_unavailable',
    detail: 'broken',
  });
});
