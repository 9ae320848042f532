/** The files of the demo PKI on disk: read if there, written whole or not at all. */

import { randomBytes } from 'node:crypto';
import { link, mkdir, open, readFile, rename, rm } from 'node:fs/promises';

import { StartError } from '../errors.ts';

/** Larger than any file of the demo; a stranger in its place is not read into memory. */
const maxFileBytes = 65_536;

/** Makes the folder and those above it. @throws StartError naming it. */
export async function makeFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true });
  } catch (error) {
    throw new StartError(`can't make the folder ${folder}: ${codeOf(error)}`, error);
  }
}

/** The text of a file, or undefined where there is none. @throws StartError naming it. */
export async function readIfPresent(path: string): Promise<string | undefined> {
  try {
    const text = await readFile(path, 'utf8');
    if (text.length <= maxFileBytes) return text;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw new StartError(`can't read ${path}: ${codeOf(error)}`, error);
  }
  throw new StartError(`${path} is no file of the demo: more than ${maxFileBytes} octets`);
}

/** Writes a file that must not be there yet. @throws StartError naming it. */
export async function writeNew(path: string, text: string, mode: number): Promise<void> {
  await writeBeside(path, text, mode, async (temporary) => {
    try {
      // Unlike a rename, a link never takes the place of a file that another start has just made.
      await link(temporary, path);
    } catch (error) {
      if (codeOf(error) !== 'EEXIST') throw error;
      throw new StartError(`${path} has just been made by another start: start again`, error);
    }
  });
}

/** Puts a file in the place of the one that is there. @throws StartError naming it. */
export async function replaceFile(path: string, text: string, mode: number): Promise<void> {
  await writeBeside(path, text, mode, (temporary) => rename(temporary, path));
}

async function writeBeside(
  path: string,
  text: string,
  mode: number,
  putInPlace: (temporary: string) => Promise<void>,
): Promise<void> {
  const temporary = `${path}.${randomBytes(6).toString('hex')}.tmp`;
  try {
    const file = await open(temporary, 'wx', mode);
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await putInPlace(temporary);
  } catch (error) {
    if (error instanceof StartError) throw error;
    throw new StartError(`can't write ${path}: ${codeOf(error)}`, error);
  } finally {
    await rm(temporary, { force: true });
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error);
}
