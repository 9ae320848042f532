/** The certificate and the key of a listener, or of some of its server names. */

import { createSecureContext } from 'node:tls';

import type { ClientCertificate } from '../certificate/client-certificate.ts';
import { writePem } from '../certificate/pem.ts';
import { readCertificateFile, readPrivateKeyFile } from './certificate-files.ts';
import type { ServerMaterial } from './material.ts';
import type { KeyPath } from './positions.ts';
import type { Report } from './report.ts';

export interface ServerCertificate extends ServerMaterial {
  readonly certificates: readonly ClientCertificate[];
}

export interface CertificatePlace {
  /** The keys `certificate` and `private_key` stand below it. */
  readonly keyPath: KeyPath;
  readonly now: number;
  readonly report: Report;
}

/** Reads a certificate and its key; undefined when a problem was reported that leaves no pair. */
export async function readServerCertificate(
  files: { readonly certificate: string; readonly private_key: string },
  { keyPath, now, report }: CertificatePlace,
): Promise<ServerCertificate | undefined> {
  const certificateKey = [...keyPath, 'certificate'];
  const privateKeyKey = [...keyPath, 'private_key'];
  const certificateShown = report.shown(certificateKey, files.certificate);
  const keyShown = report.shown(privateKeyKey, files.private_key);
  const [found, keyFound] = await Promise.all([
    readCertificateFile(files.certificate, certificateShown),
    readPrivateKeyFile(files.private_key, keyShown),
  ]);
  if ('problem' in found) report.add(certificateKey, found.problem);
  if ('problem' in keyFound) report.add(privateKeyKey, keyFound.problem);

  if ('problem' in found) return undefined;
  const [leaf] = found.certificates;
  if (leaf.facts.notAfter < now) {
    const expiry = new Date(leaf.facts.notAfter).toISOString();
    report.add(certificateKey, `${certificateShown} expired on ${expiry}`);
  }
  if (leaf.facts.notBefore > now) {
    const start = new Date(leaf.facts.notBefore).toISOString();
    report.add(certificateKey, `${certificateShown} is not valid before ${start}`);
  }
  if ('problem' in keyFound) return undefined;
  if (!leaf.x509.checkPrivateKey(keyFound.key)) {
    report.add(privateKeyKey, `${keyShown} is not the key of ${certificateShown}`);
    return undefined;
  }
  const { certificates } = found;
  const privateKeyPem = keyFound.key.export({ type: 'pkcs8', format: 'pem' });
  const certificatePem = certificates.map(({ facts }) => writePem(facts.der)).join('');
  const refusal = tlsRefusal(certificatePem, privateKeyPem);
  if (refusal !== undefined) {
    report.add(certificateKey, `${certificateShown} can't be used for TLS: ${refusal}`);
    return undefined;
  }
  return {
    certificates: certificates.map(({ facts }) => facts),
    certificatePem,
    privateKeyPem,
  };
}

/** Asks OpenSSL, which has rules of its own (a security level, key types), before a client does. */
function tlsRefusal(certificatePem: string, privateKeyPem: string): string | undefined {
  try {
    createSecureContext({ cert: certificatePem, key: privateKeyPem });
    return undefined;
  } catch (error) {
    if (error instanceof Error && 'reason' in error) return String(error.reason);
    return error instanceof Error ? error.message : 'OpenSSL refuses it';
  }
}
