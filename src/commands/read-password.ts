/** A password from whoever runs a command. */

import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import type { Readable } from 'node:stream';
import { ReadStream } from 'node:tty';

import { StartError } from '../errors.ts';
import type { Surroundings } from './command.ts';

const MAX_PASSWORD_BYTES = 1_024;

/**
 * Asks twice on a terminal, which shows nothing of what is typed. Else the password is what stands
 * on standard input; one line ending at its end is dropped.
 *
 * @throws StartError where there is none, where the two differ, or where it is not one line.
 */
export async function readNewPassword({
  stdin,
  stderr,
}: Pick<Surroundings, 'stdin' | 'stderr'>): Promise<string> {
  if (!(stdin instanceof ReadStream)) return expectPassword(await readAll(stdin));
  const [first, second] = await askTwice(stdin, stderr);
  if (first !== second) throw new StartError('the two passwords differ');
  return expectPassword(first);
}

function expectPassword(password: string): string {
  if (password === '') throw new StartError('expected a password');
  if (Buffer.byteLength(password) > MAX_PASSWORD_BYTES) {
    throw new StartError(`the password is longer than ${MAX_PASSWORD_BYTES} bytes`);
  }
  if (/[\p{Cc}]/u.test(password)) throw new StartError('the password has control characters');
  return password;
}

async function askTwice(stdin: ReadStream, stderr: Writable): Promise<readonly [string, string]> {
  // The terminal does not echo while lines are edited here, and what would show them goes nowhere.
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({ input: stdin, output: nowhere, terminal: true, historySize: 0 });
  const given = new AbortController();
  const giveUp = (): void => given.abort();
  lines.once('SIGINT', giveUp);
  lines.once('close', giveUp);
  const ask = async (prompt: string): Promise<string> => {
    stderr.write(prompt);
    try {
      return await lines.question('', { signal: given.signal });
    } catch (error) {
      throw new StartError('no password was given', error);
    } finally {
      stderr.write('\n');
    }
  };
  try {
    return [await ask('Password: '), await ask('Password again: ')];
  } finally {
    lines.close();
  }
}

async function readAll(stdin: Readable): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of stdin) {
    const bytes = Buffer.from(chunk as Uint8Array);
    length += bytes.length;
    // Whatever is too long is refused as such, and the rest is not read.
    chunks.push(bytes);
    if (length > MAX_PASSWORD_BYTES + 2) break;
  }
  return Buffer.concat(chunks)
    .toString('utf8')
    .replace(/\r?\n$/, '');
}
