/** `certbound thumbprint`: what the certificates of a file are called. */

import { readFile } from 'node:fs/promises';

import { formatDistinguishedName } from '../certificate/name/distinguished-name.ts';
import { parseCertificate } from '../certificate/parse.ts';
import { readCertificates } from '../certificate/pem.ts';
import { allNotations } from '../certificate/thumbprint.ts';
import { describeFileError, nameFile } from '../config/files.ts';
import { CertificateError, StartError, UsageError } from '../errors.ts';
import { EXIT, parseArguments } from './command.ts';
import type { Command, Surroundings } from './command.ts';

/** A bundle of public roots is a quarter of a megabyte. */
const MAX_INPUT_BYTES = 4 * 1024 * 1024;

export const command: Command = {
  synopsis: 'thumbprint FILE',
  summary: 'print the thumbprints of the certificates in a PEM file',
  help: `  FILE  a PEM file; - reads standard input

x5t#S256 is the value of RFC 8705; the others are found in other products.`,
  run: async (args, around) => {
    const { positionals } = parseArguments(args, {}, { allowPositionals: true });
    const [file, ...others] = positionals;
    if (file === undefined || others.length > 0) throw new UsageError('expected one FILE');
    const name = file === '-' ? 'standard input' : file;
    around.stdout.write(describeAll(await readInput(file, around), name));
    return EXIT.ok;
  },
};

function describeAll(text: string, name: string): string {
  try {
    return readCertificates(text).map(describe).join('\n');
  } catch (error) {
    if (!(error instanceof CertificateError)) throw error;
    throw new StartError(`${name}: ${error.message}`, error);
  }
}

function describe(der: Uint8Array): string {
  const { subject } = parseCertificate(der);
  const notations = allNotations(der);
  const rows = [
    ['subject', formatDistinguishedName(subject)],
    ['x5t#S256', notations.rfc],
    ['sha256 hex', notations.hex],
    ['sha256 colons', notations.colonHex],
    ['x5t (sha1)', notations.sha1X5t],
    ['wso2 hexified', notations.wso2Hexified],
  ] as const;
  return rows.map(([label, value]) => `${label.padEnd(14)} ${value}\n`).join('');
}

async function readInput(file: string, { stdin }: Surroundings): Promise<string> {
  if (file !== '-') {
    try {
      return await readFile(file, 'utf8');
    } catch (error) {
      throw new StartError(nameFile(file, describeFileError(error)), error);
    }
  }
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of stdin) {
    const bytes = Buffer.from(chunk as Uint8Array);
    length += bytes.length;
    if (length > MAX_INPUT_BYTES) throw new StartError('standard input is too large');
    chunks.push(bytes);
  }
  return Buffer.concat(chunks).toString('utf8');
}
