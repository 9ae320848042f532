/** The program of a worker: does what the primary process asks, and ends with it. */

import process from 'node:process';

import { createWorker } from './worker-answers.ts';
import type { AnswerMessage, AskedMessage, ToldMessage } from './messages.ts';
import { createOutbox } from './outbox.ts';
import { packMessage, unpackMessage } from './wire.ts';

// A terminal or a service manager tells every process; what is to be done the primary says.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {});
// Of a log whose reader is gone.
process.stdout.on('error', () => {});

const send = (message: AnswerMessage | ToldMessage, sent?: () => void): void => {
  if (process.connected) process.send?.(packMessage(message), undefined, undefined, sent);
};
const outbox = createOutbox({ send: (told, sent) => send({ told }, sent) });
const worker = createWorker(process.stdout, {
  // Node ends a worker that has no primary process.
  end: () => process.disconnect?.(),
  tell: (word) => outbox.put([word]),
});

process.on('message', (text: unknown) => {
  const message = unpackMessage(text) as AskedMessage | ToldMessage | undefined;
  if (message === undefined) return;
  if ('told' in message) return worker.told(message.told);
  const { id, question, asked } = message;
  void worker.answer(question, asked).then((answer) => send({ id, answer }));
});
