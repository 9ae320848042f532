/** The table of commands, and the texts that describe them. */

import { VERSION } from '../version.ts';
import type { Command } from './command.ts';

export const COMMAND_NAMES = [
  'start',
  'check',
  'client',
  'user',
  'keys',
  'explain',
  'thumbprint',
  'import',
  'certs',
  'demo',
  'health',
] as const;

export type CommandName = (typeof COMMAND_NAMES)[number];

/** Loads one command; only what it needs is read, so that short commands stay short. */
export async function loadCommand(name: CommandName): Promise<Command> {
  switch (name) {
    case 'start':
      return (await import('./start.ts')).command;
    case 'check':
      return (await import('./check.ts')).command;
    case 'client':
      return (await import('./client.ts')).command;
    case 'user':
      return (await import('./user.ts')).command;
    case 'keys':
      return (await import('./keys.ts')).command;
    case 'explain':
      return (await import('./explain.ts')).command;
    case 'thumbprint':
      return (await import('./thumbprint.ts')).command;
    case 'import':
      return (await import('./import.ts')).command;
    case 'certs':
      return (await import('./certs.ts')).command;
    case 'demo':
      return (await import('./demo.ts')).command;
    case 'health':
      return (await import('./health.ts')).command;
  }
}

/** Returns whether a word of the command line is a command. */
export function isCommandName(word: string): word is CommandName {
  return COMMAND_NAMES.some((name) => name === word);
}

/** Returns the text of `certbound --help`. */
export async function describeCommands(): Promise<string> {
  const commands = await Promise.all(COMMAND_NAMES.map(loadCommand));
  const rows = commands.map(({ synopsis, summary }) => `  ${synopsis.padEnd(26)} ${summary}\n`);
  return `usage: certbound COMMAND [OPTION...]

${rows.join('')}
  --help, --version; certbound help COMMAND tells more
`;
}

/** Returns the text of `certbound help COMMAND`. */
export async function describeCommand(name: CommandName): Promise<string> {
  const { synopsis, summary, help } = await loadCommand(name);
  return `usage: certbound ${synopsis}\n\n${summary}\n\n${help}\n`;
}

/** Returns the text of `certbound --version`. */
export function describeVersion(): string {
  return `certbound ${VERSION}\n`;
}
