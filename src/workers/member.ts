/** One worker as the primary process sees it: what it is asked, and its end. */

import type { Worker } from 'node:cluster';
import { once } from 'node:events';

import type { Word } from '../server/announcements.ts';
import { takeBackConnections } from './handed-connections.ts';
import type { AnswerMessage, Question, Questions, ToldMessage } from './messages.ts';
import { createOutbox } from './outbox.ts';
import { packMessage, unpackMessage } from './wire.ts';

export interface Member {
  /** Its place among the workers, from 1 on. */
  readonly number: number;
  /** Of all members that ever were; no other has it. */
  readonly id: number;
  readonly pid: number;
  /** The answer; undefined when the worker has ended, or gives none within `timeoutMs`. */
  ask<Q extends Question>(
    question: Q,
    asked: Questions[Q]['asked'],
    timeoutMs?: number,
  ): Promise<Questions[Q]['answer'] | undefined>;
  /** Whether a connection is on its way to it. */
  readonly isBeingHanded: boolean;
  /** How it ended, in words. */
  readonly ended: Promise<string>;
  /** Hands on what another worker has told. */
  tell(words: readonly Word[]): void;
  /** Ends it at once. */
  kill(): void;
}

/**
 * @param worker that has just been forked.
 * @param onTold called with what is for all other workers.
 */
export function createMember(
  worker: Worker,
  number: number,
  onTold: (words: readonly Word[]) => void,
): Member {
  const open = new Map<number, (answer: unknown) => void>();
  let lastId = 0;
  worker.on('message', (text: unknown) => {
    const message = unpackMessage(text) as AnswerMessage | ToldMessage | undefined;
    if (message === undefined) return;
    if ('told' in message) onTold(message.told);
    else open.get(message.id)?.(message.answer);
  });
  // Of a message to one that has just ended; its end is told anyway.
  worker.on('error', () => {});
  const handed = takeBackConnections(worker);
  const outbox = createOutbox({
    send: (told, sent) => void worker.send(packMessage({ told }), sent),
  });
  const ended = endOf(worker).then((how) => {
    for (const resolve of open.values()) resolve(undefined);
    return how;
  });

  return {
    number,
    id: worker.id,
    // Undefined for one that the system could not start, which ends at once.
    pid: worker.process.pid ?? 0,
    ask: async <Q extends Question>(
      question: Q,
      asked: Questions[Q]['asked'],
      timeoutMs?: number,
    ) => {
      if (!worker.isConnected()) return undefined;
      const id = (lastId += 1);
      const { promise, resolve } = Promise.withResolvers<unknown>();
      open.set(id, resolve);
      const timer = timeoutMs === undefined ? undefined : setTimeout(resolve, timeoutMs);
      worker.send(packMessage({ id, question, asked }));
      const answer = await promise;
      clearTimeout(timer);
      open.delete(id);
      return answer as Questions[Q]['answer'] | undefined;
    },
    get isBeingHanded() {
      return handed.size > 0;
    },
    ended,
    tell: (words) => {
      if (worker.isConnected()) outbox.put(words);
    },
    kill: () => worker.process.kill('SIGKILL'),
  };
}

async function endOf(worker: Worker): Promise<string> {
  const [code, signal] = (await once(worker, 'exit')) as [number | null, string | null];
  return signal === null ? `exit code ${code ?? 'unknown'}` : signal;
}
