/** Which keys have signed which lists, worked out once for each pair. */

import { hash } from 'node:crypto';

import { signatureProblem, signatureProblemLater } from '../signature.ts';
import type { SignatureProblem, SignedOctets } from '../signature.ts';
import type { Crl } from './crl.ts';

export interface CrlSignatures {
  /**
   * Why the key did not sign the list, or undefined where it did. The first call costs a hash over
   * the whole list.
   *
   * @param keyId of `keyIdOf`.
   */
  problemOf(crl: Crl, publicKey: Uint8Array, keyId: string): string | undefined;
  /** Works the same out off the event loop, so that `problemOf` only has to look it up. */
  learn(crl: Crl, publicKey: Uint8Array): Promise<void>;
}

/** Keys that share the name of a list's issuer are few; a bound all the same. */
const maxKeys = 16;

/** Equal for equal keys and for no others. @param publicKey DER of the SubjectPublicKeyInfo. */
export function keyIdOf(publicKey: Uint8Array): string {
  return hash('sha256', publicKey, 'base64');
}

/** Returns a memory that a list leaves with its last user. Handed on, it spares the next set the work. */
export function createCrlSignatures(): CrlSignatures {
  const known = new WeakMap<Crl, Map<string, string | undefined>>();
  const remember = (crl: Crl, keyId: string, problem: SignatureProblem | undefined) => {
    const problems = known.get(crl) ?? new Map<string, string | undefined>();
    if (problems.size >= maxKeys) problems.clear();
    known.set(crl, problems.set(keyId, problem?.detail));
    return problem?.detail;
  };
  return {
    problemOf: (crl, publicKey, keyId) => {
      const problems = known.get(crl);
      if (problems?.has(keyId) === true) return problems.get(keyId);
      return remember(crl, keyId, signatureProblem(octetsOf(crl, publicKey)));
    },
    learn: async (crl, publicKey) => {
      const keyId = keyIdOf(publicKey);
      if (known.get(crl)?.has(keyId) === true) return;
      remember(crl, keyId, await signatureProblemLater(octetsOf(crl, publicKey)));
    },
  };
}

function octetsOf(
  { signatureAlgorithm: algorithm, signed, signature }: Crl,
  publicKey: Uint8Array,
): SignedOctets {
  return { algorithm, publicKey, signed, signature };
}
