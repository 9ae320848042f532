/** Tells that nobody waits for something any more. */

/**
 * The part of an AbortSignal that those need who do something for somebody who may leave. Every
 * AbortSignal is one.
 */
export interface LeaveSignal {
  readonly aborted: boolean;
  readonly reason: unknown;
  addEventListener(type: 'abort', listener: () => void): void;
  removeEventListener(type: 'abort', listener: () => void): void;
}

/**
 * One of our own, since one is needed for nearly every request and an AbortController costs as much
 * as reading its head.
 */
export class Leaving implements LeaveSignal {
  #aborted = false;
  #reason: unknown;
  #listeners: (() => void)[] = [];

  get aborted(): boolean {
    return this.#aborted;
  }

  get reason(): unknown {
    return this.#reason;
  }

  /** Tells all who listen, once; none of them may throw. */
  abort(reason: unknown): void {
    if (this.#aborted) return;
    this.#aborted = true;
    this.#reason = reason;
    // One that is removed meanwhile is not told.
    for (let next = this.#listeners.shift(); next !== undefined; next = this.#listeners.shift()) {
      next();
    }
  }

  addEventListener(_: 'abort', listener: () => void): void {
    if (!this.#aborted) this.#listeners.push(listener);
  }

  removeEventListener(_: 'abort', listener: () => void): void {
    const at = this.#listeners.indexOf(listener);
    // As a rule there is one.
    if (at >= 0 && at === this.#listeners.length - 1) this.#listeners.pop();
    else if (at >= 0) this.#listeners.splice(at, 1);
  }
}

/** The reason that is given for a client. None of our refusals: it is nobody's fault. */
export function hasLeft(): Error {
  return new Error('the client has left');
}
