/** The command line: one command, its exit code, and the only place that ends the process. */

import { enableCompileCache } from 'node:module';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

import { EXIT } from './commands/command.ts';
import type { ExitCode, Surroundings } from './commands/command.ts';
import {
  COMMAND_NAMES,
  describeCommand,
  describeCommands,
  describeVersion,
  isCommandName,
  loadCommand,
} from './commands/commands.ts';
import { untilStopSignal } from './commands/stop-signal.ts';
import { ConfigError, StartError, UsageError } from './errors.ts';

// Loading takes half the time with what the run before has compiled. It lies beside the code, where
// nobody can write but who could change the code, too; where we can't write, there is none.
enableCompileCache(fileURLToPath(new URL('../node_modules/.cache/certbound', import.meta.url)));

let stopSignal: Promise<void> | undefined;
let reload = async (): Promise<unknown> => undefined;

const around: Surroundings = {
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  env: process.env,
  folder: process.cwd(),
  stopSignal: () => (stopSignal ??= untilStopSignal(process, () => process.exit(EXIT.failure))),
  onReloadSignal: (next) => {
    reload = next;
  },
};

let isOutputLost = false;
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  // A reader that has seen enough, as in `certbound thumbprint bundle.pem | head -1`.
  if (error.code === 'EPIPE') return;
  // The output of a command that serves is its log: a full disk costs lines, not the service.
  if (stopSignal !== undefined || isOutputLost) return;
  isOutputLost = true;
  process.exitCode = EXIT.failure;
  process.stderr.write(`certbound: the output can't be written: ${error.message}\n`);
});

const exitCode = await main(process.argv.slice(2));
process.exitCode = isOutputLost ? EXIT.failure : exitCode;

async function main([word, ...args]: readonly string[]): Promise<ExitCode> {
  try {
    return await runWord(word, args);
  } catch (error) {
    return explain(error, word);
  }
}

async function runWord(word: string | undefined, args: readonly string[]): Promise<ExitCode> {
  if (word === '--help' || word === '-h' || word === 'help') {
    const [topic] = args;
    if (topic !== undefined && !isCommandName(topic)) throw unknownCommand(topic);
    return print(topic === undefined ? await describeCommands() : await describeCommand(topic));
  }
  if (word === '--version' || word === '-V') return print(describeVersion());
  if (word === undefined) throw new UsageError('expected a command');
  if (!isCommandName(word)) throw unknownCommand(word);

  const end = args.indexOf('--');
  const options = end === -1 ? args : args.slice(0, end);
  const asksForHelp = options.includes('--help') || options.includes('-h');
  if (asksForHelp) return print(await describeCommand(word));
  if (options.includes('--version')) return print(describeVersion());
  // Before anything is loaded: as first process of a container, a signal that nobody listens to is
  // lost.
  if (word === 'start' || word === 'demo') {
    void around.stopSignal();
    // Its default would end the process; one that comes while we start means what is read anyway.
    process.on('SIGHUP', () => void reload());
  }
  return (await loadCommand(word)).run(args, around);
}

function explain(error: unknown, word: string | undefined): ExitCode {
  const { stderr } = process;
  if (error instanceof UsageError) {
    const topic = word !== undefined && isCommandName(word) ? ` ${word}` : '';
    stderr.write(`certbound: ${error.publicText}\ntry: certbound help${topic}\n`);
    return EXIT.usage;
  }
  if (error instanceof ConfigError) {
    stderr.write(`${error.publicText}\n`);
    return EXIT.configuration;
  }
  if (error instanceof StartError) {
    stderr.write(`certbound: ${error.publicText}\n`);
    return EXIT.failure;
  }
  const detail = error instanceof Error ? (error.stack ?? error.message) : String(error);
  stderr.write(`certbound: internal error: ${detail}\n`);
  return EXIT.failure;
}

function unknownCommand(word: string): UsageError {
  const kind = word.startsWith('-') ? 'option' : 'command';
  return new UsageError(`unknown ${kind} "${word}", expected one of ${COMMAND_NAMES.join(', ')}`);
}

function print(text: string): ExitCode {
  process.stdout.write(text);
  return EXIT.ok;
}
