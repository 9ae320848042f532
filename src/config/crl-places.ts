/** Files and folders of CRLs, read at the start and again at each refresh. */

import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

import { readCrls } from '../certificate/revocation/crl-file.ts';
import type { Crl } from '../certificate/revocation/crl.ts';
import { TrustDataError } from '../errors.ts';
import { describeFileError, nameFile, readWholeFile } from './files.ts';

/** In PEM, the largest list that is read and some more. */
const MAX_CRL_FILE_BYTES = 32 * 1_048_576;
const MAX_FILES_OF_FOLDER = 1_024;

/** Makes lists of the octets of a file. @throws TrustDataError, or rejects with it. */
export type ReadLists = (bytes: Uint8Array) => readonly Crl[] | Promise<readonly Crl[]>;

export type CrlsOutcome = { readonly crls: readonly Crl[] } | { readonly problem: string };

/**
 * The lists of a file, or of every file of a folder but hidden ones; one that can't be read is a
 * problem of the whole place. `shown` names the place in the problem.
 */
export async function readCrlPlace(
  place: string,
  shown: string,
  read: ReadLists = readCrls,
): Promise<CrlsOutcome> {
  const names = await filesOfFolder(place);
  if (names === undefined) return readCrlFile(place, shown, read);
  if ('problem' in names) return { problem: nameFile(shown, names.problem) };
  const crls: Crl[] = [];
  for (const name of names.files) {
    const outcome = await readCrlFile(join(place, name), join(shown, name), read);
    if ('problem' in outcome) return outcome;
    crls.push(...outcome.crls);
  }
  return { crls };
}

async function readCrlFile(path: string, shown: string, read: ReadLists): Promise<CrlsOutcome> {
  const outcome = await readWholeFile(path, { maxBytes: MAX_CRL_FILE_BYTES });
  if ('problem' in outcome) return { problem: nameFile(shown, outcome.problem) };
  try {
    return { crls: await read(outcome.bytes) };
  } catch (error) {
    if (!(error instanceof TrustDataError)) throw error;
    return { problem: `${shown}: ${error.message}` };
  }
}

/** Undefined for what is no folder; what is wrong with it is then told by reading it as a file. */
async function filesOfFolder(
  place: string,
): Promise<{ readonly files: readonly string[] } | { readonly problem: string } | undefined> {
  try {
    if (!(await stat(place)).isDirectory()) return undefined;
    const files = (await readdir(place)).filter((name) => !name.startsWith('.'));
    if (files.length > MAX_FILES_OF_FOLDER) {
      return { problem: `holds more than ${MAX_FILES_OF_FOLDER} files` };
    }
    return { files: files.toSorted((a, b) => (a < b ? -1 : 1)) };
  } catch (error) {
    return { problem: describeFileError(error) };
  }
}
