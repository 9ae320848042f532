/** The certificate headers of an upstream: names that mean something else, or come twice; the proof's key. */

import { minProofKeyOctets } from '../certificate/header/certificate-proof.ts';
import { writtenNames } from '../certificate/header/header-choice.ts';
import type { KeyPath } from './positions.ts';
import type { Report } from './report.ts';
import type { UpstreamConfig } from './schema.ts';
import { readSecretFile } from './secret-files.ts';

/** Names by which a request is framed, routed or authenticated. */
export const RESERVED_HEADER =
  /^(?:accept.*|authorization|connection|content-.*|cookie|dpop|expect|forwarded|host|keep-alive|origin|proxy-.*|referer|te|trailer|transfer-encoding|upgrade|user-agent|via|x-forwarded-(?!client-cert$|tls-client-cert$).*|x-request-id|certbound-client)$/;

/** `keyPath` is that of the upstream. */
export function checkCertificateHeaders(
  { certificate_headers: headers, certificate_proof: proof }: UpstreamConfig,
  keyPath: KeyPath,
  report: Report,
): void {
  const seen = new Set<string>();
  // One problem an entry: all of its names go wrong together, as a rule.
  const check = (names: readonly string[], place: KeyPath): void => {
    const problems = names.flatMap((name) => {
      // Servers that map fields to variables take both for the same.
      const plain = name.replaceAll('_', '-');
      const isTwice = seen.has(plain);
      seen.add(plain);
      if (RESERVED_HEADER.test(plain)) return [`the header "${name}" has another meaning`];
      return isTwice ? [`the header "${name}" is written twice`] : [];
    });
    const [problem] = problems;
    if (problem !== undefined) report.add(place, problem);
  };
  headers.forEach((header, index) => {
    check(writtenNames(header), [...keyPath, 'certificate_headers', index]);
  });
  if (proof !== undefined) check([proof.name], [...keyPath, 'certificate_proof']);
}

/** Returns the key of the proof, where there is one and it can be read. */
export async function readProofKey(
  { certificate_proof: proof, certificate_headers: headers }: UpstreamConfig,
  keyPath: KeyPath,
  report: Report,
): Promise<string | undefined> {
  if (proof === undefined) return undefined;
  const proofKey = [...keyPath, 'certificate_proof'];
  if (headers.length === 0) report.add(proofKey, 'proves nothing without certificate_headers');
  const fileKey = [...proofKey, 'key_file'];
  const shown = report.shown(fileKey, proof.key_file);
  const outcome = await readSecretFile(proof.key_file, shown);
  if ('problem' in outcome) {
    report.add(fileKey, outcome.problem);
    return undefined;
  }
  if (outcome.secret.length >= minProofKeyOctets) return outcome.secret;
  report.add(fileKey, `the key in ${shown} is shorter than ${minProofKeyOctets} characters`);
  return undefined;
}
