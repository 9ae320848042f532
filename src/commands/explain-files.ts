/** The files that `certbound explain` is given beside certificates. */

import { resolve } from 'node:path';

import { readCrls } from '../certificate/revocation/crl-file.ts';
import type { Crl } from '../certificate/revocation/crl.ts';
import { readTrustStore } from '../certificate/trust-store/trust-store.ts';
import { readSecretFile } from '../config/secret-files.ts';
import { readNamedFile, unreadable } from './named-input.ts';
import type { Read } from './named-input.ts';

/** Lists of large CAs are far larger than certificates. */
const MAX_CRL_FILE_BYTES = 33_554_432;

/** Reads the anchors of a file in any format of trust stores. */
export async function readAnchorFile(
  file: string,
  folder: string,
  passphraseFile: string | undefined,
): Promise<Read<readonly Uint8Array[]>> {
  const options: { passphrase?: string } = {};
  if (passphraseFile !== undefined) {
    const outcome = await readSecretFile(resolve(folder, passphraseFile), passphraseFile);
    if ('problem' in outcome) return unreadable(outcome.problem);
    options.passphrase = outcome.secret;
  }
  return readNamedFile(file, folder, (bytes) =>
    readTrustStore(bytes, options).certificates.map(({ der }) => der),
  );
}

/** Reads the CRLs of a file. */
export function readCrlFile(file: string, folder: string): Promise<Read<readonly Crl[]>> {
  return readNamedFile(file, folder, (bytes) => readCrls(bytes), MAX_CRL_FILE_BYTES);
}
