/** The files that `certbound explain` is given, and what is wrong with one that can't be read. */

import { resolve } from 'node:path';

import { readCrls } from '../certificate/revocation/crl-file.ts';
import type { Crl } from '../certificate/revocation/crl.ts';
import { readCertificates } from '../certificate/pem.ts';
import { readTrustStore } from '../certificate/trust-store/trust-store.ts';
import { nameFile, readWholeFile } from '../config/files.ts';
import { readSecretFile } from '../config/secret-files.ts';
import { CertboundError } from '../errors.ts';

/** A DER value that is a certificate starts so; PEM does not. */
const SEQUENCE = 0x30;

/** Lists of large CAs are far larger than certificates. */
const MAX_CRL_FILE_BYTES = 33_554_432;

/** Why nothing could be explained. `code` is a reason of docs/reasons.md, or `file_unreadable`. */
export interface UnreadableFile {
  readonly code: string;
  readonly message: string;
}

export type Read<T> = { readonly value: T } | { readonly error: UnreadableFile };

/** Reads the certificates of a file, at least one: PEM, or one in DER. */
export function readChainFile(file: string, folder: string): Promise<Read<readonly Uint8Array[]>> {
  return readAs(file, folder, (bytes) =>
    bytes[0] === SEQUENCE ? [new Uint8Array(bytes)] : readCertificates(bytes.toString('utf8')),
  );
}

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
  return readAs(file, folder, (bytes) =>
    readTrustStore(bytes, options).certificates.map(({ der }) => der),
  );
}

/** Reads the CRLs of a file. */
export function readCrlFile(file: string, folder: string): Promise<Read<readonly Crl[]>> {
  return readAs(file, folder, (bytes) => readCrls(bytes), MAX_CRL_FILE_BYTES);
}

async function readAs<T>(
  file: string,
  folder: string,
  read: (bytes: Buffer) => T,
  maxBytes?: number,
): Promise<Read<T>> {
  const limit = maxBytes === undefined ? {} : { maxBytes };
  const outcome = await readWholeFile(resolve(folder, file), limit);
  if ('problem' in outcome) return unreadable(nameFile(file, outcome.problem));
  try {
    return { value: read(outcome.bytes) };
  } catch (error) {
    if (!(error instanceof CertboundError)) throw error;
    return { error: { code: error.reason, message: `${file}: ${error.message}` } };
  }
}

function unreadable(message: string): { readonly error: UnreadableFile } {
  return { error: { code: 'file_unreadable', message } };
}
