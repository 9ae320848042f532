/** What a command line names to be read: a file, or `-` for standard input. Both are bounded. */

import { resolve } from 'node:path';
import type { Readable } from 'node:stream';

import { readCertificates } from '../certificate/pem.ts';
import { describeFileError, MAX_FILE_BYTES, nameFile, readWholeFile } from '../config/files.ts';
import type { FileOutcome } from '../config/files.ts';
import { CertboundError } from '../errors.ts';
import type { Surroundings } from './command.ts';

/** Why something could not be read. `code` is a reason of docs/reasons.md, or `file_unreadable`. */
export interface UnreadableFile {
  readonly code: string;
  readonly message: string;
}

export type Read<T> = { readonly value: T } | { readonly error: UnreadableFile };

const STANDARD_INPUT = '-';

/** A DER value that is a certificate: a SEQUENCE whose length takes more than one octet. PEM is ASCII. */
const SEQUENCE = 0x30;
const LONG_LENGTH = 0x80;

/** Returns how messages name the input. */
export function shownInput(named: string): string {
  return named === STANDARD_INPUT ? 'standard input' : named;
}

/** Reads the certificates of a file or of standard input, at least one: PEM, or one in DER. */
export async function readCertificateInput(
  named: string,
  { stdin, folder }: Pick<Surroundings, 'stdin' | 'folder'>,
): Promise<Read<readonly Uint8Array[]>> {
  if (named !== STANDARD_INPUT) return readNamedFile(named, folder, certificatesOf);
  const shown = shownInput(named);
  const outcome = await readStream(stdin, MAX_FILE_BYTES);
  if ('problem' in outcome) return unreadable(nameFile(shown, outcome.problem));
  return readAs(outcome.bytes, shown, certificatesOf);
}

/** Reads a file whose path starts at `folder`; an error of ours becomes the error of the file. */
export async function readNamedFile<T>(
  file: string,
  folder: string,
  read: (bytes: Buffer) => T,
  maxBytes = MAX_FILE_BYTES,
): Promise<Read<T>> {
  const outcome = await readWholeFile(resolve(folder, file), { maxBytes });
  if ('problem' in outcome) return unreadable(nameFile(file, outcome.problem));
  return readAs(outcome.bytes, file, read);
}

export function unreadable(message: string): { readonly error: UnreadableFile } {
  return { error: { code: 'file_unreadable', message } };
}

function readAs<T>(bytes: Buffer, shown: string, read: (bytes: Buffer) => T): Read<T> {
  try {
    return { value: read(bytes) };
  } catch (error) {
    if (!(error instanceof CertboundError)) throw error;
    return { error: { code: error.reason, message: `${shown}: ${error.message}` } };
  }
}

function certificatesOf(bytes: Buffer): readonly Uint8Array[] {
  const isDer = bytes[0] === SEQUENCE && (bytes[1] ?? 0) >= LONG_LENGTH;
  return isDer ? [new Uint8Array(bytes)] : readCertificates(bytes.toString('utf8'));
}

async function readStream(stream: Readable, maxBytes: number): Promise<FileOutcome> {
  const chunks: Buffer[] = [];
  let length = 0;
  try {
    for await (const chunk of stream) {
      const bytes = Buffer.from(chunk as Uint8Array);
      length += bytes.length;
      if (length > maxBytes) return { problem: `is larger than ${maxBytes} bytes` };
      chunks.push(bytes);
    }
  } catch (error) {
    return { problem: describeFileError(error) };
  }
  return length === 0 ? { problem: 'is empty' } : { bytes: Buffer.concat(chunks) };
}
