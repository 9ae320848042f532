/**
 * The keys behind a client's `jwks_uri`: fetched when they are needed, at most once at a time and not
 * more often than a cooldown allows, so that nobody can make us ask a client's server without end.
 */

import { parseJwks } from '../certificate/key-set/jwks.ts';
import type { Jwks } from '../certificate/key-set/jwks.ts';
import { CertboundError, FetchError } from '../errors.ts';
import type { Reason } from '../errors.ts';
import type { JwksAnswer } from './client-match.ts';

/** The octets of a document. Gives up, if it can, when the signal says so. */
export type FetchDocument = (
  url: string,
  options: { readonly signal: AbortSignal },
) => Promise<Uint8Array>;

export interface JwksSourceOptions {
  readonly uri: string;
  /** An answer is used for so long before the next one is fetched. */
  readonly maxAgeMs: number;
  /** An answer is used for so long where the next one can't be had. */
  readonly maxStaleMs: number;
  /** From the start of one fetch to that of the next, whatever came of it. */
  readonly cooldownMs: number;
  /** Longest wait for one fetch. */
  readonly timeoutMs: number;
}

export interface JwksSourceDeps {
  readonly fetch: FetchDocument;
  /** Milliseconds; only differences count. */
  readonly now: () => number;
  /** Told of every fetch that failed. */
  readonly onFailure?: (failure: { readonly uri: string; readonly detail: string }) => void;
}

export interface JwksSource {
  /** The keys, fetched where there are none or they are too old. Never rejects. */
  current(): Promise<JwksAnswer>;
  /**
   * Other keys than those seen: fetched by another caller meanwhile, or now if the cooldown allows.
   * Undefined when there are none. Never rejects.
   */
  newerThan(seen: Jwks): Promise<JwksAnswer | undefined>;
  /** Ends what is under way; from then on nothing is available. */
  close(): void;
}

interface Held {
  readonly jwks: Jwks;
  /** When its fetch started. */
  readonly since: number;
  /** Number of its fetch. */
  readonly sequence: number;
}

interface Failure {
  readonly reason: Reason;
  readonly detail: string;
}

/** @throws FetchError `fetch_refused` when the address is not https. */
export function createJwksSource(options: JwksSourceOptions, deps: JwksSourceDeps): JwksSource {
  const { uri, maxAgeMs, maxStaleMs, cooldownMs, timeoutMs } = options;
  if (!URL.canParse(uri) || new URL(uri).protocol !== 'https:') {
    throw new FetchError('fetch_refused', 'a jwks_uri must be an https URL');
  }
  let held: Held | undefined;
  let failure: Failure | undefined;
  let flight: Promise<void> | undefined;
  let abort: AbortController | undefined;
  let lastSequence = 0;
  let lastStart = -Infinity;
  let isClosed = false;

  const hold = (next: Held): void => {
    // An answer that took its time must not replace one that was asked for later.
    if (isClosed || next.sequence <= (held?.sequence ?? 0)) return;
    held = next;
    failure = undefined;
  };

  const load = async (facts: Omit<Held, 'jwks'>, signal: AbortSignal): Promise<void> => {
    const jwks = await parseJwks(await deps.fetch(uri, { signal }));
    hold({ jwks, ...facts });
  };

  const fetchOnce = async (facts: Omit<Held, 'jwks'>): Promise<void> => {
    const controller = new AbortController();
    abort = controller;
    const timeout = new FetchError('fetch_timeout', `no answer within ${timeoutMs} ms`);
    const timer = setTimeout(() => controller.abort(timeout), timeoutMs);
    try {
      // What is fetched may go on after we have given up: `hold` decides about it.
      await Promise.race([load(facts, controller.signal), rejectedBy(controller.signal)]);
    } catch (error) {
      failure = failureOf(error);
      if (!isClosed) deps.onFailure?.({ uri, detail: failure.detail });
    } finally {
      clearTimeout(timer);
    }
  };

  /** Joins the fetch under way, or starts one unless the cooldown forbids it. */
  const refresh = async (): Promise<void> => {
    const since = deps.now();
    if (flight === undefined && since - lastStart >= cooldownMs && !isClosed) {
      lastStart = since;
      lastSequence += 1;
      flight = fetchOnce({ since, sequence: lastSequence }).finally(() => {
        flight = undefined;
      });
    }
    await flight;
  };

  const isYoungerThan = (ageMs: number): boolean =>
    held !== undefined && deps.now() - held.since < ageMs;

  const answer = (): JwksAnswer => {
    if (!isClosed && held !== undefined && isYoungerThan(maxStaleMs)) {
      return { kind: 'keys', jwks: held.jwks };
    }
    const detail = failure?.detail ?? 'its keys are too old, and the next fetch has to wait';
    const reason = failure?.reason === 'client_keys_malformed' ? failure.reason : undefined;
    return { kind: 'unavailable', reason: reason ?? 'client_keys_unavailable', detail };
  };

  return {
    current: async () => {
      if (!isYoungerThan(maxAgeMs)) await refresh();
      return answer();
    },
    newerThan: async (seen) => {
      if (held?.jwks === seen) await refresh();
      const newest = answer();
      return newest.kind === 'keys' && newest.jwks !== seen ? newest : undefined;
    },
    close: () => {
      isClosed = true;
      failure = { reason: 'fetch_failed', detail: 'the key source is closed' };
      abort?.abort(new FetchError('fetch_failed', failure.detail));
    },
  };
}

/** Never resolves; rejects when the signal is aborted, with its reason. */
function rejectedBy(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(errorOf(signal)), { once: true });
  });
}

function errorOf({ reason }: AbortSignal): Error {
  return reason instanceof Error ? reason : new FetchError('fetch_failed', 'given up');
}

function failureOf(error: unknown): Failure {
  if (error instanceof CertboundError) return { reason: error.reason, detail: error.message };
  return { reason: 'fetch_failed', detail: error instanceof Error ? error.message : 'failed' };
}
