/** promtool of Debian's Prometheus, for tests. */

import { spawnSync } from 'node:child_process';

import { isMissing } from './workshop.ts';

/** Why tests with the program are skipped; false where it is installed. */
export const withoutPrometheus = isMissing('promtool', '--version');

/** What it says, on both outputs, and its exit code. */
export function promtool(
  args: readonly string[],
  { input, folder }: { readonly input?: string; readonly folder?: string } = {},
): { readonly code: number | null; readonly said: string } {
  const { status, stdout, stderr } = spawnSync('promtool', args, {
    encoding: 'utf8',
    ...(input !== undefined && { input }),
    ...(folder !== undefined && { cwd: folder }),
  });
  return { code: status, said: `${stdout}${stderr}` };
}
