/** The clock of a program, moved while it runs (libfaketime). What measures spans of time is left alone. */

import { globSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** For programs with threads, wherever Debian puts it on this machine. */
const [LIBRARY] = globSync('/usr/lib/*/faketime/libfaketimeMT.so.1');

/** Why tests with it are skipped; false where it is installed. */
export const withoutMovedClock = LIBRARY === undefined && 'libfaketime is not installed';

export interface MovedClock {
  /** Of the program that is to be moved. */
  readonly env: Readonly<Record<string, string>>;
  /** Sets the clock so many seconds before or after the real one, at once. */
  set(seconds: number): void;
}

export function createMovedClock(onEnd: (clean: () => void) => void): MovedClock {
  const folder = mkdtempSync(join(tmpdir(), 'certbound-clock-'));
  onEnd(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'offset');
  const set = (seconds: number): void => {
    writeFileSync(file, `${seconds < 0 ? '' : '+'}${seconds}`);
  };
  set(0);
  return {
    env: {
      LD_PRELOAD: LIBRARY ?? '',
      FAKETIME_TIMESTAMP_FILE: file,
      FAKETIME_NO_CACHE: '1',
      FAKETIME_DONT_FAKE_MONOTONIC: '1',
      DONT_FAKE_MONOTONIC: '1',
      // Files keep the times that they have.
      NO_FAKE_STAT: '1',
    },
    set,
  };
}
