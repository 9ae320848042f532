/** Writes a file in one step: a reader sees the old text or the new one, never a part. */

import { randomUUID } from 'node:crypto';
import { link, open, realpath, rename, rm, stat } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

import { StartError } from '../errors.ts';
import { describeFileError, nameFile, readWholeFile } from './files.ts';

/**
 * Writes `text` in place of `expected`, keeping the permissions of the file. A symbolic link stays
 * one, and what it leads to is replaced.
 *
 * @throws StartError where the file holds something else by now, or can't be replaced.
 */
export async function replaceFile(
  path: string,
  { expected, text }: { readonly expected: Uint8Array; readonly text: string },
): Promise<void> {
  try {
    const target = await realpath(path);
    const { mode } = await stat(target);
    const draft = join(dirname(target), `.${basename(target)}.${randomUUID()}`);
    try {
      await writeWhole(draft, text, mode & 0o777);
      const outcome = await readWholeFile(target);
      if ('problem' in outcome || !outcome.bytes.equals(expected)) {
        throw new StartError(`${path} was changed meanwhile: try again`);
      }
      await rename(draft, target);
    } finally {
      await rm(draft, { force: true });
    }
  } catch (error) {
    if (error instanceof StartError) throw error;
    throw new StartError(nameFile(path, describeWriteError(error)), error);
  }
}

/**
 * Writes a file that is not there yet and that its owner alone may read.
 *
 * @throws StartError where there is one by now, or where it can't be made.
 */
export async function createFile(path: string, text: string): Promise<void> {
  const draft = join(dirname(path), `.${basename(path)}.${randomUUID()}`);
  try {
    await writeWhole(draft, text, 0o600);
    // Unlike a rename, a link never takes the place of a file that was made meanwhile.
    await link(draft, path);
  } catch (error) {
    throw new StartError(nameFile(path, describeWriteError(error, 'made')), error);
  } finally {
    await rm(draft, { force: true });
  }
}

async function writeWhole(path: string, text: string, mode: number): Promise<void> {
  let file: FileHandle | undefined;
  try {
    file = await open(path, 'wx', mode);
    await file.writeFile(text);
    // What was asked for, whatever the process's mask takes away from new files.
    await file.chmod(mode);
    await file.sync();
  } finally {
    await file?.close();
  }
}

function describeWriteError(error: unknown, verb = 'replaced'): string {
  return describeFileError(error).replace("can't be read", `can't be ${verb}`);
}
