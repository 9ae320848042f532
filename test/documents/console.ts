/** The transcripts of a document: its commands, run as they stand there, and what they print. */

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

export interface Shown {
  /** With its continuation lines. */
  readonly command: string;
  readonly output: string;
}

/** Returns the commands behind `$ ` in the console blocks of a document, in its order. */
export function transcriptOf(markdown: string): readonly Shown[] {
  const blocks = [...markdown.matchAll(/^```console\n(.*?)^```$/gms)].map(([, text = '']) => text);
  return blocks.flatMap((block) =>
    block
      .split(/^\$ /m)
      .slice(1)
      .map((part) => {
        const [, command = '', output = ''] = /^((?:[^\n]*\\\n)*[^\n]*)\n(.*)$/s.exec(part) ?? [];
        return { command, output: output.trim() };
      }),
  );
}

export interface Surroundings {
  readonly folder: string;
  /** Put behind each curl command. */
  readonly curlOptions: string;
}

/**
 * Runs the curl commands of a transcript one after the other. A token that was printed stands in
 * the place of the document's from then on.
 *
 * @returns for each command the document's output and the real one, both with what differs from run
 * to run made the same.
 */
export async function runCurlCommands(
  transcript: readonly Shown[],
  { folder, curlOptions }: Surroundings,
): Promise<
  readonly { readonly command: string; readonly shown: unknown; readonly got: unknown }[]
> {
  const replaced = new Map<string, string>();
  const outcomes = [];
  for (const { command, output } of transcript.filter((each) => each.command.startsWith('curl '))) {
    let line = command.replaceAll(/\\\n\s*/g, '');
    for (const [from, to] of replaced) line = line.replaceAll(from, to);
    const options = `--silent --show-error ${curlOptions}`;
    // oxlint-disable-next-line no-await-in-loop -- a command uses what the one before has printed
    const { stdout } = await promisify(execFile)('sh', ['-c', `${line} ${options}`], {
      cwd: folder,
    });
    const shown = JSON.parse(output) as Answer;
    const got = JSON.parse(stdout) as Answer;
    if (typeof shown['access_token'] === 'string') {
      replaced.set(shown['access_token'], String(got['access_token']));
    }
    outcomes.push({ command, shown: settled(shown), got: settled(got) });
  }
  return outcomes;
}

type Answer = Readonly<Record<string, unknown>>;

/** Tokens, thumbprints and moments are new at each run. */
function settled(value: unknown): unknown {
  if (typeof value === 'number') return value > 1_000_000_000 ? 'a moment' : value;
  if (typeof value === 'string') return /^[\w.~-]{20,}$/.test(value) ? 'made anew' : value;
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, settled(member)]));
}
