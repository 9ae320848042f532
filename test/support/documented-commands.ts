/** The commands of a page of the documentation, run one after the other in one shell. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';

import type { OnEnd } from './store-server.ts';

export interface DocumentedCommand {
  readonly command: string;
  /** What the page says that it prints; empty where it says nothing. */
  readonly printed: string;
}

/** Returns the commands of all `console` blocks: those after `$ `, with the lines that go on with them. */
export function documentedCommands(page: string): readonly DocumentedCommand[] {
  const blocks = [...page.matchAll(/^```console\n([\s\S]*?)^```$/gm)];
  return blocks.flatMap(([, block = '']) =>
    block
      .split(/^\$ /m)
      .slice(1)
      .map((text) => {
        const [, command = '', printed = ''] = /^((?:.*\\\n)*.*)\n([\s\S]*)$/.exec(text) ?? [];
        return { command, printed: printed.trim() };
      }),
  );
}

export interface Shell {
  /**
   * Returns what the command prints, without the line break at its end. Rejects when it fails.
   *
   * @param input a line that it reads.
   */
  run(command: string, input?: string): Promise<string>;
}

/** Longer than any command of a page takes on a slow machine. */
const PATIENCE_MS = 60_000;

const DONE = 'done-with-status-';

/** Opens a shell in the folder; variables that a command sets are there for the next one. */
export function openShell(
  onEnd: OnEnd,
  {
    folder,
    env = {},
  }: { readonly folder: string; readonly env?: Readonly<Record<string, string>> },
): Shell {
  // Reads its commands byte by byte, so that `read` gets the line behind its own.
  const shell = spawn('bash', [], { cwd: folder, env: { ...process.env, ...env } });
  onEnd(async () => {
    if (shell.exitCode !== null) return;
    const gone = once(shell, 'exit');
    shell.kill('SIGKILL');
    await gone;
  });
  let output = '';
  let errors = '';
  shell.stdout.on('data', (chunk: Buffer) => (output += chunk.toString('utf8')));
  shell.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString('utf8')));

  return {
    async run(command, input) {
      output = '';
      errors = '';
      const line = input === undefined ? '' : `${input}\n`;
      shell.stdin.write(`${command}\n${line}printf '\\n${DONE}%s\\n' $?\n`);
      const signal = AbortSignal.timeout(PATIENCE_MS);
      for (;;) {
        const [, printed, status] =
          new RegExp(`^([\\s\\S]*)\\n${DONE}(\\d+)\\n$`).exec(output) ?? [];
        if (status === '0') return (printed ?? '').trimEnd();
        if (status !== undefined) throw new Error(`${command}: status ${status}: ${errors}`);
        // oxlint-disable-next-line no-await-in-loop -- until it is done
        await once(shell.stdout, 'data', { signal });
      }
    },
  };
}
