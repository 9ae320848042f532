/** A file system of a test's own that can be filled up, and emptied again. */

import { spawnSync } from 'node:child_process';
import { closeSync, openSync, rmSync, statSync, truncateSync, writeSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import type { TestContext } from 'node:test';

const SIZE = '24m';

/** The reason to skip where the system lets nobody mount, undefined where it does. */
export const withoutMount: string | false =
  process.platform === 'linux' && process.getuid?.() === 0 && canMount()
    ? false
    : 'file systems can be mounted by root alone';

export interface SmallDisk {
  readonly folder: string;
  /** Leaves no room at all. */
  fill(): void;
  /** Gives the room back, or as many octets of it. */
  free(octets?: number): void;
}

/** Mounts it until the end of the test; what has a file open there then may still close it. */
export async function smallDisk(t: TestContext): Promise<SmallDisk> {
  const folder = await mkdtemp(join(tmpdir(), 'certbound-disk-'));
  mount(folder);
  t.after(async () => {
    spawnSync('umount', ['--lazy', folder]);
    await rm(folder, { recursive: true, force: true });
  });
  const filler = join(folder, 'filler');
  return {
    folder,
    fill: () => {
      const descriptor = openSync(filler, 'a');
      try {
        for (const octets of [65_536, 1]) writeAll(descriptor, Buffer.alloc(octets));
      } finally {
        closeSync(descriptor);
      }
    },
    free: (octets) => {
      if (octets === undefined) rmSync(filler);
      else truncateSync(filler, statSync(filler).size - octets);
    },
  };
}

function writeAll(descriptor: number, piece: Buffer): void {
  try {
    for (;;) writeSync(descriptor, piece);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
  }
}

function mount(folder: string): boolean {
  const options = ['-t', 'tmpfs', '-o', `size=${SIZE}`, 'certbound-test', folder];
  return spawnSync('mount', options).status === 0;
}

/** Containers have a root without the right to it. */
function canMount(): boolean {
  return spawnSync('unshare', ['--mount', 'mount', '-t', 'tmpfs', 'none', '/mnt']).status === 0;
}
