/** Files of CAs: each is read completely, or the configuration is refused. */

import type { ClientCertificate } from '../certificate/client-certificate.ts';
import { parseCertificate } from '../certificate/parse.ts';
import { writePem } from '../certificate/pem.ts';
import { readTrustStore } from '../certificate/trust-store/trust-store.ts';
import { TrustDataError } from '../errors.ts';
import { readCertificateFile } from './certificate-files.ts';
import type { FoundCertificate } from './certificate-files.ts';
import { nameFile, readWholeFile } from './files.ts';
import type { KeyPath } from './positions.ts';
import type { Report } from './report.ts';
import type { ListenerConfig } from './schema.ts';
import { readSecretFile } from './secret-files.ts';

/** Reads PEM files of the CAs of servers as one PEM text each; a problem for each bad file. */
export async function readCaPems(
  files: readonly string[],
  keyPath: KeyPath,
  report: Report,
): Promise<readonly string[]> {
  const cas = await readCaFiles(files, keyPath, report);
  return (cas ?? []).map(({ facts }) => writePem(facts.der));
}

/** Reads PEM files of CAs; undefined, and a problem for each bad file, unless all are complete. */
export async function readCaFiles(
  files: readonly string[],
  keyPath: KeyPath,
  report: Report,
): Promise<readonly FoundCertificate[] | undefined> {
  const outcomes = await Promise.all(
    files.map((path, index) => readCertificateFile(path, report.shown([...keyPath, index], path))),
  );
  outcomes.forEach((outcome, index) => {
    if ('problem' in outcome) report.add([...keyPath, index], outcome.problem);
  });
  const complete = outcomes.filter((outcome) => 'certificates' in outcome);
  if (complete.length < outcomes.length) return undefined;
  return complete.flatMap(({ certificates }) => certificates);
}

/** Reads the trust stores of a listener, in whatever format; undefined unless all are complete. */
export async function readTrustStores(
  listener: ListenerConfig,
  keyPath: KeyPath,
  report: Report,
): Promise<readonly ClientCertificate[] | undefined> {
  const passphrase = await readPassphrase(listener, keyPath, report);
  const stores = await Promise.all(
    listener.client_ca.map(async (path, index) => {
      const fileKey = [...keyPath, 'client_ca', index];
      const outcome = await readStoreFile(path, report.shown(fileKey, path), passphrase);
      if ('problem' in outcome) report.add(fileKey, outcome.problem);
      return outcome;
    }),
  );
  const complete = stores.filter((store) => 'certificates' in store);
  if (complete.length < stores.length) return undefined;
  return complete.flatMap(({ certificates }) => certificates);
}

async function readPassphrase(
  { client_ca_passphrase_file: path }: ListenerConfig,
  keyPath: KeyPath,
  report: Report,
): Promise<string | undefined> {
  if (path === undefined) return undefined;
  const fileKey = [...keyPath, 'client_ca_passphrase_file'];
  const outcome = await readSecretFile(path, report.shown(fileKey, path));
  if ('secret' in outcome) return outcome.secret;
  report.add(fileKey, outcome.problem);
  return undefined;
}

async function readStoreFile(
  path: string,
  shown: string,
  passphrase: string | undefined,
): Promise<{ readonly certificates: readonly ClientCertificate[] } | { readonly problem: string }> {
  const outcome = await readWholeFile(path);
  if ('problem' in outcome) return { problem: nameFile(shown, outcome.problem) };
  try {
    const store = readTrustStore(outcome.bytes, passphrase === undefined ? {} : { passphrase });
    return { certificates: store.certificates.map(({ der }) => parseCertificate(der)) };
  } catch (error) {
    if (!(error instanceof TrustDataError)) throw error;
    return { problem: `${shown}: ${error.message}` };
  }
}
