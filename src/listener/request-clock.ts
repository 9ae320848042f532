/** How long the client of one connection of HTTP/1.1 has taken, and whether that is too long. */

import type { ListenerConfig } from '../config/schema.ts';

/** A request may be on its way when the time is over that the client was told. */
const IDLE_MARGIN_MS = 1_000;

export class RequestClock {
  readonly #limits: ListenerConfig['limits'];
  /** `performance.now()` at the first octet of a request; undefined while none has come. */
  #startedAt: number | undefined;
  /** When the wait for a request began. */
  #waitsSince = performance.now();
  #hasServed = false;

  constructor(limits: ListenerConfig['limits']) {
    this.#limits = limits;
  }

  /** Whether the connection waits between two requests: not for its first or the rest of one. */
  get isIdle(): boolean {
    return this.#hasServed && this.#startedAt === undefined;
  }

  /** Some of a request has come. */
  start(at: number = performance.now()): void {
    this.#startedAt ??= at;
  }

  /** A request is over; the connection waits for the next. */
  stop(): void {
    this.#hasServed = true;
    this.#startedAt = undefined;
    this.#waitsSince = performance.now();
  }

  /** Whether the whole request should have come. */
  isBodyLate(now: number): boolean {
    return now - (this.#startedAt ?? now) > this.#limits.request_timeout;
  }

  /** Whether the head should have come, that of the first request as of the opening. */
  isHeadLate(now: number): boolean {
    const { header_timeout, request_timeout } = this.#limits;
    const since = this.#startedAt ?? this.#waitsSince;
    return !this.isIdle && now - since > Math.min(header_timeout, request_timeout);
  }

  /** Whether the wait between two requests has been too long. */
  isIdleLate(now: number): boolean {
    return this.isIdle && now - this.#waitsSince > this.#limits.idle_timeout + IDLE_MARGIN_MS;
  }
}
