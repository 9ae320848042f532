/**
 * Words on their way to another process: those of one moment go together, and the next ones when
 * these have gone. So a process that stands still holds up nobody, and makes nobody's memory full.
 */

import type { Topic, Word } from '../server/announcements.ts';

export interface Outbox {
  /** Sends the words soon; where too many wait already they are lost. */
  put(words: readonly Word[]): void;
}

export interface OutboxOptions {
  /** @param sent must be called once the message has gone, or can't go. */
  readonly send: (words: readonly Word[], sent: () => void) => void;
  readonly maxWaiting?: number;
}

/** Each is of some 100 bytes; what a client sent in a TLS handshake, of some KB. */
const MAX_WAITING = 2_000;
/** No reader is held up for milliseconds by one message. */
const MAX_TOGETHER = 200;

/** Anybody makes as many of these as he likes: half of the places are for the others. */
const OF_ANYBODY: ReadonlySet<Topic> = new Set([
  'tls session',
  'request of an address',
  'request of a client',
]);

export function createOutbox({ send, maxWaiting = MAX_WAITING }: OutboxOptions): Outbox {
  let waiting: Word[] = [];
  let isUnderWay = false;

  const sendNext = (): void => {
    isUnderWay = waiting.length > 0;
    if (!isUnderWay) return;
    const together = waiting.slice(0, MAX_TOGETHER);
    waiting = waiting.slice(MAX_TOGETHER);
    send(together, sendNext);
  };

  return {
    put: (words) => {
      for (const word of words) {
        const places = OF_ANYBODY.has(word[0]) ? maxWaiting / 2 : maxWaiting;
        if (waiting.length < places) waiting.push(word);
      }
      if (isUnderWay) return;
      isUnderWay = true;
      setImmediate(sendNext);
    },
  };
}
