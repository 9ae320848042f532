/** `certbound import`: the files of WSO2 Identity Server, told in our own words. */

import { parseConfig } from '../config/load.ts';
import { ConfigError, StartError, UsageError } from '../errors.ts';
import { importWso2 } from '../import/import-wso2.ts';
import type { Imported, InputFile } from '../import/import-wso2.ts';
import { EXIT, parseArguments } from './command.ts';
import type { Command, Surroundings } from './command.ts';
import { readNamedFile } from './named-input.ts';

/** Such files have some hundred lines. */
const MAX_INPUT_BYTES = 1024 * 1024;

export const command: Command = {
  synopsis: 'import FILE [FILE]',
  summary: 'print the configuration that does what files of WSO2 Identity Server say',
  help: `  FILE    deployment.toml, authenticators.xml, or both
  --json  prints one object with yaml and notes

Standard output has the configuration, standard error what to know about it: each line names a line of the
input, what is contradictory, dangerous or not carried over there, and what to do. Passwords and secrets are never
printed. docs/from-wso2.md explains each note. Malformed files: exit code ${EXIT.configuration}.`,
  run: async (args, around) => {
    const { values, positionals } = parseArguments(
      args,
      { json: { type: 'boolean', default: false } },
      { allowPositionals: true },
    );
    if (positionals.length === 0) throw new UsageError('expected a FILE of WSO2 Identity Server');
    const files = await Promise.all(positionals.map((file) => readInput(file, around)));
    const imported = importWso2({
      deployment: onlyOne(files.filter((file) => !isXml(file))),
      authenticators: onlyOne(files.filter(isXml)),
    });
    expectToLoad(imported);
    print(imported, values.json, around);
    return EXIT.ok;
  },
};

async function readInput(name: string, { folder }: Surroundings): Promise<InputFile> {
  const read = await readNamedFile(name, folder, (bytes) => decode(bytes, name), MAX_INPUT_BYTES);
  if ('error' in read) throw new StartError(read.error.message);
  return { name, text: read.value };
}

function decode(bytes: Buffer, name: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new ConfigError([{ place: `${name}:1:1`, key: '', text: 'is not UTF-8 text' }]);
  }
}

/** By its first character: a copy of such a file may have any name. */
function isXml({ text }: InputFile): boolean {
  return text.trimStart().startsWith('<');
}

function onlyOne(files: readonly InputFile[]): InputFile | undefined {
  const [file, other] = files;
  if (file === undefined || other === undefined) return file;
  throw new UsageError(
    `expected one deployment.toml and one authenticators.xml, found two of a kind: ${file.name}, ${other.name}`,
  );
}

/** What is printed has to be a configuration, whatever stood in the input. */
function expectToLoad({ yaml }: Imported): void {
  parseConfig(yaml, { file: 'the configuration that would be printed', baseDir: '.', env: {} });
}

function print({ yaml, notes }: Imported, isJson: boolean, around: Surroundings): void {
  const { stdout, stderr } = around;
  if (isJson) {
    stdout.write(`${JSON.stringify({ yaml, notes }, undefined, 2)}\n`);
    return;
  }
  stdout.write(yaml);
  stderr.write(
    notes.map(({ file, line, code, text }) => `${file}:${line} [${code}] ${text}\n`).join(''),
  );
}
