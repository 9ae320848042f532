/** Certificates and keys from the files and inline texts of a configuration. */

import { createPrivateKey, X509Certificate } from 'node:crypto';
import type { KeyObject } from 'node:crypto';

import type { ClientCertificate } from '../certificate/client-certificate.ts';
import { parseCertificate } from '../certificate/parse.ts';
import { readCertificates } from '../certificate/pem.ts';
import { CertificateError } from '../errors.ts';
import { nameFile, readWholeFile } from './files.ts';

/** PKCS#8 and the older form; OpenSSL's own error for a missing passphrase says nothing. */
const ENCRYPTED_KEY = /^(-----BEGIN ENCRYPTED PRIVATE KEY-----|Proc-Type: 4,ENCRYPTED)/m;

export interface FoundCertificate {
  readonly facts: ClientCertificate;
  /** OpenSSL's view of the same bytes. */
  readonly x509: X509Certificate;
}

export type CertificatesOutcome =
  | { readonly certificates: readonly [FoundCertificate, ...FoundCertificate[]] }
  | { readonly problem: string };

export type KeyOutcome = { readonly key: KeyObject } | { readonly problem: string };

/**
 * Reads every certificate of a PEM file. One block that can't be read is a problem of the whole
 * file: a trust list is never silently shorter than what was written.
 */
export async function readCertificateFile(
  path: string,
  shown: string,
): Promise<CertificatesOutcome> {
  const outcome = await readWholeFile(path);
  if ('problem' in outcome) return { problem: nameFile(shown, outcome.problem) };
  return readCertificateText(outcome.bytes.toString('utf8'), shown);
}

/** Reads every certificate of a PEM text, by the same rule; `shown` names the text. */
export function readCertificateText(text: string, shown: string): CertificatesOutcome {
  try {
    const [first, ...others] = readCertificates(text).map(openCertificate);
    if (first === undefined) return { problem: `${shown} holds no certificate` };
    return { certificates: [first, ...others] };
  } catch (error) {
    if (!(error instanceof CertificateError)) throw error;
    return { problem: `${shown}: ${error.message}` };
  }
}

function openCertificate(der: Uint8Array): FoundCertificate {
  const facts = parseCertificate(der);
  try {
    return { facts, x509: new X509Certificate(facts.der) };
  } catch (error) {
    throw new CertificateError('certificate_malformed', 'OpenSSL refuses the certificate', error);
  }
}

/** Reads the private key of a PEM file. */
export async function readPrivateKeyFile(path: string, shown: string): Promise<KeyOutcome> {
  const outcome = await readWholeFile(path);
  if ('problem' in outcome) return { problem: nameFile(shown, outcome.problem) };
  try {
    return { key: createPrivateKey(outcome.bytes) };
  } catch {
    const isEncrypted = ENCRYPTED_KEY.test(outcome.bytes.toString('latin1'));
    if (isEncrypted) return { problem: `${shown} is encrypted, expected a key without passphrase` };
    return { problem: `${shown} holds no readable private key in PEM form` };
  }
}
