/**
 * All checks of the project in order, stopping at the first that fails; run by `npm test`.
 *
 *     test/run.ts              format, lint, types, every test
 *     test/run.ts FILE...      these test files only
 *     test/run.ts --long       the long-running tests only (*.long.ts)
 *     test/run.ts --lint       only this check; as well --types
 *     test/run.ts --format     formats every file
 */

import { spawnSync } from 'node:child_process';
import { availableParallelism, constants } from 'node:os';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

import { missingNotice, providePrograms } from './programs.ts';

const project = fileURLToPath(new URL('../', import.meta.url));

const FORMAT = ['node_modules/oxfmt/bin/oxfmt', '.'];
const LINT = ['node_modules/oxlint/bin/oxlint', '--type-aware', '--deny-warnings', '.'];
const TYPES = ['node_modules/typescript/bin/tsc', '--noEmit'];

process.exitCode = run(process.argv.slice(2));

function run(args: readonly string[]): number {
  const [first] = args;
  switch (first) {
    case undefined:
      return runAll([[...FORMAT, '--check'], LINT, TYPES], tests(['test/**/*.test.ts']));
    case '--format':
      return runNode(FORMAT);
    case '--lint':
      return runNode(LINT);
    case '--types':
      return runNode(TYPES);
    case '--long':
      return runAll([], tests(['test/**/*.long.ts']));
    default:
      return runNode(tests(args));
  }
}

function runAll(checks: readonly (readonly string[])[], suite: readonly string[]): number {
  for (const check of checks) {
    const code = runNode(check);
    if (code !== 0) return code;
  }
  const missing = providePrograms();
  if (missing.length === 0) return runNode(suite);
  // In CI a test that is not run counts as one that fails.
  if (process.env['CI'] === 'true') {
    process.stdout.write(missingNotice(missing));
    return 1;
  }
  const code = runNode(suite);
  process.stdout.write(missingNotice(missing));
  return code;
}

function tests(patterns: readonly string[]): readonly string[] {
  // By itself the runner leaves a core free, which on a machine with two is half of them.
  const concurrency = `--test-concurrency=${availableParallelism()}`;
  return ['--test', concurrency, '--test-reporter=spec', ...patterns];
}

/** Runs the Node that runs this file; returns its exit code, 128+n where signal n ended it. */
function runNode(args: readonly string[]): number {
  const { status, signal, error } = spawnSync(process.execPath, args, {
    cwd: project,
    stdio: 'inherit',
  });
  if (error !== undefined) throw error;
  return status ?? 128 + constants.signals[signal ?? 'SIGKILL'];
}
