import assert from 'node:assert/strict';
import { setImmediate as turn } from 'node:timers/promises';
import { test } from 'node:test';

import type { Word } from '../../src/server/announcements.ts';
import { createOutbox } from '../../src/workers/outbox.ts';

function word(number: number): Word {
  return ['login ended', String(number)];
}

function start(maxWaiting?: number) {
  const messages: (readonly Word[])[] = [];
  const open: (() => void)[] = [];
  const outbox = createOutbox({
    send: (words, sent) => {
      messages.push(words);
      open.push(sent);
    },
    ...(maxWaiting !== undefined && { maxWaiting }),
  });
  return { outbox, messages, sent: () => open.shift()?.() };
}

test('words of one moment go together, those after them when they have gone', async () => {
  const { outbox, messages, sent } = start();
  outbox.put([word(1)]);
  outbox.put([word(2)]);
  await turn();
  assert.deepEqual(messages, [[word(1), word(2)]]);
  outbox.put([word(3)]);
  await turn();
  assert.equal(messages.length, 1);
  sent();
  assert.deepEqual(messages.slice(1), [[word(3)]]);
  sent();
  outbox.put([word(4)]);
  await turn();
  assert.deepEqual(messages.slice(2), [[word(4)]]);
});

test('what a process that stands still does not take is lost beyond a bound', async () => {
  const { outbox, messages, sent } = start(3);
  outbox.put([word(0)]);
  await turn();
  for (let number = 1; number <= 10; number += 1) outbox.put([word(number)]);
  sent();
  assert.deepEqual(messages, [[word(0)], [word(1), word(2), word(3)]]);
});

test('however many requests there are, a token that has ended is told', async () => {
  const { outbox, messages, sent } = start(4);
  outbox.put([word(0)]);
  await turn();
  const request: Word = ['request of an address', '192.0.2.1', '/'];
  outbox.put([request, request, request, request]);
  const ended: Word = ['token ended', { token: 'token', clientId: 'app' }];
  outbox.put([ended]);
  sent();
  assert.deepEqual(messages.slice(1), [[request, request, ended]]);
});
