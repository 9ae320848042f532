/** Waits for what a program says on one of its outputs. */

import type { ChildProcess } from 'node:child_process';

/** Resolves when the program has said the text; rejects when it ends before. */
export function untilSays(
  child: ChildProcess,
  output: 'stdout' | 'stderr',
  text: string,
): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  let said = '';
  // Read to the end, so that the program never waits for a reader.
  for (const each of ['stdout', 'stderr'] as const) {
    child[each]?.on('data', (chunk: Buffer) => {
      said += String(chunk);
      if (each === output && said.includes(text)) resolve();
    });
  }
  child.once('error', reject);
  child.once('exit', () => reject(new Error(`${child.spawnfile} ended: ${said}`)));
  return promise;
}
