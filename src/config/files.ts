/** Reading the files that a configuration names. */

import { AsyncLocalStorage } from 'node:async_hooks';
import { readFile, stat } from 'node:fs/promises';

/** Certificates, keys and CA bundles are far smaller; the public root bundle is about 250 KiB. */
export const MAX_FILE_BYTES = 4 * 1024 * 1024;

/** A problem is a phrase to be put behind the file's name; see `nameFile`. */
export type FileOutcome = { readonly bytes: Buffer } | { readonly problem: string };

/** The problem of a file that is not there. */
export const NO_SUCH_FILE = 'no such file';

/** Stands between who reads and the disk. */
export interface FileView {
  read(path: string, fromDisk: () => Promise<FileOutcome>): Promise<FileOutcome>;
}

const views = new AsyncLocalStorage<FileView>();

/** Runs what reads files through a view. Nothing that lives on may be begun in it. */
export function throughView<Result>(view: FileView, run: () => Promise<Result>): Promise<Result> {
  return views.run(view, run);
}

/**
 * Reads a whole regular file of 1 to `maxBytes` bytes. Anything but a regular file is refused: a
 * pipe could wait for ever.
 */
export async function readWholeFile(
  path: string,
  { maxBytes = MAX_FILE_BYTES }: { readonly maxBytes?: number } = {},
): Promise<FileOutcome> {
  const fromDisk = (): Promise<FileOutcome> => readFromDisk(path, maxBytes);
  return views.getStore()?.read(path, fromDisk) ?? fromDisk();
}

async function readFromDisk(path: string, maxBytes: number): Promise<FileOutcome> {
  try {
    const facts = await stat(path);
    if (facts.isDirectory()) return { problem: 'is a folder, expected a file' };
    if (!facts.isFile()) return { problem: 'is not a regular file' };
    if (facts.size > maxBytes) return { problem: `is larger than ${maxBytes} bytes` };
    const bytes = await readFile(path);
    if (bytes.length > maxBytes) return { problem: `is larger than ${maxBytes} bytes` };
    if (bytes.length === 0) return { problem: 'is empty' };
    return { bytes };
  } catch (error) {
    return { problem: describeFileError(error) };
  }
}

/** Returns the phrase for an error of the file system. */
export function describeFileError(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
  if (code === 'ENOENT' || code === 'ENOTDIR') return NO_SUCH_FILE;
  if (code === 'EACCES' || code === 'EPERM') return "can't be read: permission denied";
  return `can't be read: ${code}`;
}

/** Returns a phrase of `readWholeFile` with the name of the file. */
export function nameFile(shown: string, problem: string): string {
  return problem === NO_SUCH_FILE ? `${NO_SUCH_FILE} ${shown}` : `${shown} ${problem}`;
}
