/** When to stop: the first signal, and what to do about a second one. */

import type { Environment } from '../config/environment.ts';

/**
 * One Ctrl-C or one stop by a service manager can arrive more than once: the terminal or the manager
 * tells every process of the group, and npm and the launcher pass on what they were told. Only a
 * later signal is a second one.
 */
const ECHO_MS = 200;
const PARENT_CHECK_MS = 250;

export interface SignalSource {
  on(signal: 'SIGTERM' | 'SIGINT', listener: () => void): unknown;
  readonly ppid: number;
  readonly env: Environment;
}

/**
 * Resolves at the first SIGTERM or SIGINT; a second one calls `endAtOnce`.
 *
 * npm tells a signal to the shell between it and us, which ends without passing it on; so under npm
 * the end of our parent is a signal, too.
 */
export function untilStopSignal(source: SignalSource, endAtOnce: () => void): Promise<void> {
  return new Promise((resolve) => {
    let firstAt: number | undefined;
    const onSignal = () => {
      firstAt ??= performance.now();
      if (performance.now() - firstAt > ECHO_MS) endAtOnce();
      resolve();
    };
    source.on('SIGTERM', onSignal);
    source.on('SIGINT', onSignal);
    if (source.env['npm_lifecycle_event'] === undefined) return;

    const parent = source.ppid;
    const watch = setInterval(() => {
      if (source.ppid === parent) return;
      clearInterval(watch);
      resolve();
    }, PARENT_CHECK_MS);
    watch.unref();
  });
}
