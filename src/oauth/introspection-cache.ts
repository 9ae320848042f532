/**
 * Answers to introspection that are used again for a short time: for the same question of the same
 * caller, and for nobody else. Only what the server said is kept; what the gateway knows of a token
 * is looked up for each request.
 */

import { hash } from 'node:crypto';

import type { ServerAnswer } from './upstream-answer.ts';

/** An answer that has been read whole. */
export type WholeAnswer = ServerAnswer & { readonly body: Buffer };

export interface LoadedAnswer {
  readonly answer: WholeAnswer;
  /** Undefined for an answer that is not kept. */
  readonly keep: KeepFacts | undefined;
}

export interface KeepFacts {
  /** The server's own token. */
  readonly token: string;
  /** Whose token the answer says it is. */
  readonly clientId: string | undefined;
  /** Seconds since the epoch at which the token ends; undefined where the answer says nothing. */
  readonly expiresAt: number | undefined;
}

export interface IntrospectionCache {
  /**
   * The answer kept under the key, or the one that is being loaded, or a new one. What `load`
   * throws reaches all that wait for it and is not kept.
   *
   * @param key names the question with everything that the answer may depend on.
   */
  answer(key: string, load: () => Promise<LoadedAnswer>): Promise<WholeAnswer>;
  /**
   * Drops what may have changed with the end of a token: its own answers and, since other tokens
   * of its grant may end with it (RFC 7009 section 2.1), those about tokens of the same client.
   * Where the client is not known all answers are dropped.
   */
  forget(ended: { readonly token: string; readonly clientId: string | undefined }): void;
}

export interface IntrospectionCacheOptions {
  readonly ttlMs: number;
  readonly maxEntries: number;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** Fields and body of an answer in octets; larger ones are not kept, so that memory has a bound. */
const MAX_ANSWER_OCTETS = 8_192;

interface Entry {
  readonly answer: WholeAnswer;
  readonly tokenDigest: string;
  readonly clientId: string | undefined;
  /** From when until when it may be used, in milliseconds: a clock set back ends it too. */
  readonly from: number;
  readonly until: number;
}

export function createIntrospectionCache(options: IntrospectionCacheOptions): IntrospectionCache {
  const { ttlMs, maxEntries, now } = options;
  /** In the order in which they came. */
  const entries = new Map<string, Entry>();
  const flights = new Map<string, Promise<WholeAnswer>>();
  let generation = 0;

  const store = (key: string, { answer, keep }: LoadedAnswer): void => {
    const from = now();
    const endMs = (keep?.expiresAt ?? Number.POSITIVE_INFINITY) * 1_000;
    const until = Math.min(from + ttlMs, endMs);
    if (keep === undefined || until <= from || sizeOf(answer) > MAX_ANSWER_OCTETS) return;
    const { clientId } = keep;
    entries.delete(key);
    entries.set(key, { answer, tokenDigest: digest(keep.token), clientId, from, until });
    if (entries.size <= maxEntries) return;
    const [oldest = ''] = entries.keys();
    entries.delete(oldest);
  };

  const load = async (key: string, loader: () => Promise<LoadedAnswer>): Promise<WholeAnswer> => {
    const begun = generation;
    const loaded = await loader();
    // It may tell of a token that was revoked while it was on its way.
    if (begun === generation) store(key, loaded);
    return loaded.answer;
  };

  return {
    answer: (key, loader) => {
      const entry = entries.get(key);
      const at = now();
      if (entry !== undefined && entry.from <= at && at < entry.until) {
        return Promise.resolve(entry.answer);
      }
      entries.delete(key);
      const standing = flights.get(key);
      if (standing !== undefined) return standing;
      const flight = load(key, loader).finally(() => {
        if (flights.get(key) === flight) flights.delete(key);
      });
      flights.set(key, flight);
      return flight;
    },
    forget: ({ token, clientId }) => {
      generation += 1;
      flights.clear();
      const ended = digest(token);
      for (const [key, entry] of entries) {
        const isOther =
          clientId !== undefined && entry.clientId !== undefined && entry.clientId !== clientId;
        if (!isOther || entry.tokenDigest === ended) entries.delete(key);
      }
    },
  };
}

function sizeOf({ headers, body }: WholeAnswer): number {
  return headers.reduce((sum, [name, value]) => sum + name.length + value.length, body.length);
}

function digest(text: string): string {
  return hash('sha256', text, 'base64url');
}
