/**
 * What processes that serve the same addresses tell each other, so that what one has seen counts in
 * all of them. A word that gets lost leaves each with what it has seen itself.
 */

import type { SharedSessions } from '../listener/shared-sessions.ts';
import type { IntrospectionCache } from '../oauth/introspection-cache.ts';
import type { Attempt } from '../users/attempts.ts';

/** What can be told, each with what is told of it: plain data. */
export interface Words {
  readonly 'tls session': Parameters<SharedSessions['tell']>;
  readonly 'wrong password': readonly [attempt: Attempt];
  readonly 'right password': readonly [attempt: Attempt];
  readonly 'wrong device code': readonly [address: string];
  readonly 'device asked': readonly [device: string];
  readonly 'login begun': readonly [id: string, address: string];
  readonly 'login ended': readonly [id: string];
  readonly 'ticket issued': readonly [clientId: string];
  readonly 'client changed': readonly [clientId: string];
  readonly 'token ended': Parameters<IntrospectionCache['forget']>;
  readonly 'request of an address': RequestWord;
  readonly 'request of a client': RequestWord;
}

type RequestWord = readonly [key: string, path: string];

export type Topic = keyof Words;
export type Word = { readonly [T in Topic]: readonly [topic: T, ...word: Words[T]] }[Topic];

export interface Announcements {
  /** Tells all others, soon. */
  tell<T extends Topic>(topic: T, ...word: Words[T]): void;
  /** Hears what others tell; the function it returns ends that. */
  hear<T extends Topic>(topic: T, listener: (...word: Words[T]) => void): () => void;
}

/** Of a process that has no others. */
export const ALONE: Announcements = { tell: () => {}, hear: () => () => {} };

export interface OpenAnnouncements extends Announcements {
  /** To be called with what others have told. */
  told(words: readonly Word[]): void;
}

/** @param send hands on to the other processes. */
export function createAnnouncements(send: (word: Word) => void): OpenAnnouncements {
  const listeners = new Map<Topic, Set<(...word: never) => void>>();
  return {
    tell: (topic, ...word) => send([topic, ...word] as unknown as Word),
    hear: (topic, listener) => {
      const ofTopic = listeners.get(topic) ?? new Set();
      listeners.set(topic, ofTopic.add(listener));
      return () => void ofTopic.delete(listener);
    },
    told: (words) => {
      for (const [topic, ...word] of words) {
        for (const listener of listeners.get(topic) ?? []) listener(...(word as never));
      }
    },
  };
}
