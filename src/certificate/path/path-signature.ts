/** Whether a certificate was signed with the key of an issuer, within the rules for keys and work. */

import { CertificateError } from '../../errors.ts';
import type { Reason } from '../../errors.ts';
import type { ClientCertificate } from '../client-certificate.ts';
import { readDer } from '../der/der.ts';
import type { PathRules } from './path-rules.ts';
import type { PathWork } from './path-work.ts';
import { readPublicKey } from '../public-key.ts';
import type { PublicKey } from '../public-key.ts';
import { readSignatureAlgorithm } from '../signature-algorithm.ts';
import type { SignatureAlgorithm } from '../signature-algorithm.ts';
import { signatureProblem } from '../signature.ts';

export interface PathRefusal {
  readonly reason: Reason;
  readonly detail: string;
}

/**
 * Why the signature does not count, or undefined when it is good.
 *
 * @param issuerKey DER of the issuer's SubjectPublicKeyInfo.
 * @throws CertificateError `certificate_work_exceeded`.
 */
export function issuerSignatureProblem(
  { signature }: ClientCertificate,
  issuerKey: Uint8Array,
  rules: PathRules,
  work: PathWork,
): PathRefusal | undefined {
  let algorithm: SignatureAlgorithm;
  let key: PublicKey;
  try {
    algorithm = readSignatureAlgorithm(readDer(signature.algorithm));
  } catch (error) {
    return refusal('certificate_signature_algorithm', error);
  }
  try {
    key = readPublicKey(issuerKey, rules);
  } catch (error) {
    return refusal('certificate_key_refused', error, 'of the issuer');
  }
  if (!algorithm.keyTypes.includes(key.type)) {
    const detail = `${algorithm.name}, where the issuer has the key ${key.name}`;
    return { reason: 'certificate_signature_invalid', detail };
  }
  work.spendSignatureCheck(key.checkCost);
  const problem = signatureProblem({
    algorithm: signature.algorithm,
    publicKey: issuerKey,
    signed: signature.signed,
    signature: signature.value,
  });
  if (problem === undefined) return undefined;
  // Algorithm and key have passed; what is left of the key is that the library can't open it.
  const isKey = problem.kind === 'key';
  return {
    reason: isKey ? 'certificate_key_refused' : 'certificate_signature_invalid',
    detail: problem.detail,
  };
}

function refusal(reason: Reason, error: unknown, whose = ''): PathRefusal {
  const seen = error instanceof CertificateError ? error.message : 'unreadable';
  return { reason, detail: whose === '' ? seen : `${seen} ${whose}` };
}
