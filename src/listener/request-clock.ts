/** How long the client of one connection of HTTP/1.1 has taken, and whether that is too long. */

import type { ListenerConfig } from '../config/schema.ts';

/** A request may be on its way when the time is over that the client was told. */
const IDLE_MARGIN_MS = 1_000;

export class RequestClock {
  readonly #limits: ListenerConfig['limits'];
  /** `performance.now()` at the first octet of a request; undefined while none has come. */
  #startedAt: number | undefined;
  readonly #openedAt = performance.now();
  /**
   * When the wait for another request was first seen: to look at the clock at the end of each would cost
   * more.
   */
  #idleSince: number | undefined;
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
    this.#idleSince = undefined;
  }

  /** Whether the whole request should have come. */
  isBodyLate(now: number): boolean {
    return now - (this.#startedAt ?? now) > this.#limits.request_timeout;
  }

  /** Whether the head should have come, that of the first request as of the opening. */
  isHeadLate(now: number): boolean {
    const { header_timeout, request_timeout } = this.#limits;
    const since = this.#startedAt ?? this.#openedAt;
    return !this.isIdle && now - since > Math.min(header_timeout, request_timeout);
  }

  /** Whether the wait between two requests has been too long. To be asked again and again. */
  isIdleLate(now: number): boolean {
    if (!this.isIdle) return false;
    this.#idleSince ??= now;
    return now - this.#idleSince > this.#limits.idle_timeout + IDLE_MARGIN_MS;
  }
}
