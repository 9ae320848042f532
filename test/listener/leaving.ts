import type { LeaveSignal } from '../../src/http/leave-signal.ts';

/** Resolves when the client of the exchange leaves, which it has not done yet. */
export function leaving({ signal }: { readonly signal: LeaveSignal }): Promise<void> {
  return new Promise((resolve) => {
    signal.addEventListener('abort', resolve);
  });
}
