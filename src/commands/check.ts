/** `certbound check`: is this configuration complete and sound. */

import { checkConfig } from '../config/check.ts';
import type { Material } from '../config/check.ts';
import type { LoadedConfig } from '../config/load.ts';
import { findWarnings } from '../config/warnings.ts';
import { ConfigError, UsageError } from '../errors.ts';
import type { ConfigProblem } from '../errors.ts';
import type { Reached } from '../server/reach.ts';
import { describeAsJson, describeRefusedAsJson } from './check-json.ts';
import type { Checked } from './check-json.ts';
import { describeClients } from './client-lines.ts';
import { describeProblems } from './problem-lines.ts';
import { describeLimits } from './limit-lines.ts';
import { describeProtection } from './protection-lines.ts';
import { describeTrust } from './trust-lines.ts';
import { describeWorkers } from './worker-lines.ts';
import { EXIT, parseArguments } from './command.ts';
import type { Command, ExitCode, Surroundings } from './command.ts';
import { CONFIG_HELP, CONFIG_OPTION, configPath, loadNamedConfig } from './config-option.ts';

const OPTIONS = {
  ...CONFIG_OPTION,
  json: { type: 'boolean' },
  reach: { type: 'boolean' },
  strict: { type: 'boolean' },
  'expires-within': { type: 'string' },
} as const;

/** Long enough for a CA that works by hand. */
const DEFAULT_DAYS = '30';
const DAY_MS = 86_400_000;

export const command: Command = {
  synopsis: 'check [--config FILE]',
  summary: 'check the configuration and every file it names',
  help: `${CONFIG_HELP}
  --expires-within DAYS  warn of certificates that end within this time; else ${DEFAULT_DAYS} days
  --reach            also ask every address of the configuration: identity server, store, key sets,
                     CRLs, responders; and whether the gateway's own addresses and the store's file
                     can be had. Takes about 65 seconds at most
  --strict           warnings count as failures
  --json             print the outcome as JSON, problems included

Prints every CA that vouches for clients and every CRL, what each client is known by, and who passes
guarded paths, in its plain form: thumbprints in that of RFC 8705, subjects in that of RFC 4514.
Warnings go to standard error. Or prints every problem with its line and column.

Exit codes: ${EXIT.ok} it is valid; ${EXIT.failure} an address could not be reached, or with --strict there are warnings;
${EXIT.usage} the command line is wrong; ${EXIT.configuration} the configuration is refused.`,
  run: async (args, around) => {
    const { values } = parseArguments(args, OPTIONS);
    const withinMs = daysOf(values['expires-within'] ?? DEFAULT_DAYS) * DAY_MS;
    try {
      const loaded = await loadNamedConfig(values.config, around);
      const material = await checkFiles(loaded, around);
      const warnings = findWarnings(loaded, material, { now: Date.now(), withinMs });
      const reached = values.reach === true ? await reachThem(loaded, material) : undefined;
      const checked = { loaded, material, warnings, reached };
      if (values.json === true) around.stdout.write(describeAsJson(checked));
      else tell(checked, around);
      return exitCode(checked, { isStrict: values.strict === true });
    } catch (error) {
      if (values.json !== true || !(error instanceof ConfigError)) throw error;
      const file = configPath(values.config, around);
      around.stdout.write(describeRefusedAsJson(file, error.problems));
      return EXIT.configuration;
    }
  },
};

function daysOf(text: string): number {
  if (/^\d{1,4}$/.test(text)) return Number(text);
  throw new UsageError('expected --expires-within DAYS, a whole number');
}

/** Loaded only where somebody is asked: it needs all that talks to others. */
async function reachThem(loaded: LoadedConfig, material: Material): Promise<readonly Reached[]> {
  const { reachAll } = await import('../server/reach.ts');
  return reachAll(loaded, material);
}

function tell({ loaded, material, warnings, reached }: Checked, around: Surroundings): void {
  around.stdout.write(
    `${loaded.file} is valid\n` +
      describeTrust(material) +
      describeClients(material.clients) +
      describeProtection(loaded.config, material) +
      describeWorkers(loaded.config) +
      describeLimits(loaded.config) +
      describeReached(reached ?? []),
  );
  around.stderr.write(describeProblems(warnings, 'warning:'));
  around.stderr.write(describeProblems((reached ?? []).flatMap(({ problem }) => problem ?? [])));
}

function describeReached(reached: readonly Reached[]): string {
  return reached
    .filter(({ problem }) => problem === undefined)
    .flatMap(({ key, address, tookMs, notices }) => [
      `reached ${address}  ${key}, ${tookMs} ms`,
      ...notices.map((notice) => `  ${notice}`),
    ])
    .map((line) => `${line}\n`)
    .join('');
}

function exitCode(
  { warnings, reached = [] }: Checked,
  { isStrict }: { readonly isStrict: boolean },
): ExitCode {
  const problems: readonly ConfigProblem[] = reached.flatMap(({ problem }) => problem ?? []);
  if (problems.length > 0) return EXIT.failure;
  return isStrict && warnings.length > 0 ? EXIT.failure : EXIT.ok;
}

async function checkFiles(loaded: LoadedConfig, { stderr }: Surroundings): Promise<Material> {
  try {
    return await checkConfig(loaded);
  } catch (error) {
    const isFresh = error instanceof ConfigError && loaded.config.demo !== undefined;
    if (isFresh && error.problems.some(({ text }) => text.startsWith('no such file'))) {
      stderr.write('missing demo files are made at start, or now with: npx certbound certs\n');
    }
    throw error;
  }
}
