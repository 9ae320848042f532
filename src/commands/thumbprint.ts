/** `certbound thumbprint`: what the certificates of a file are called. */

import { formatDistinguishedName } from '../certificate/name/distinguished-name.ts';
import { parseCertificate } from '../certificate/parse.ts';
import { allNotations } from '../certificate/thumbprint.ts';
import { CertificateError, StartError, UsageError } from '../errors.ts';
import { EXIT, parseArguments } from './command.ts';
import type { Command } from './command.ts';
import { readCertificateInput, shownInput } from './named-input.ts';

export const command: Command = {
  synopsis: 'thumbprint FILE',
  summary: 'print the thumbprints of the certificates in a file',
  help: `  FILE  certificates in PEM, or one in DER; - reads standard input

x5t#S256 is the value of RFC 8705; the others are found in other products.`,
  run: async (args, around) => {
    const { positionals } = parseArguments(args, {}, { allowPositionals: true });
    const [file, ...others] = positionals;
    if (file === undefined || others.length > 0) throw new UsageError('expected one FILE');
    const found = await readCertificateInput(file, around);
    if ('error' in found) throw new StartError(found.error.message);
    around.stdout.write(describeAll(found.value, shownInput(file)));
    return EXIT.ok;
  },
};

function describeAll(certificates: readonly Uint8Array[], name: string): string {
  try {
    return certificates.map(describe).join('\n');
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
