/** Verifies signatures, those on certificates, CRLs and OCSP answers alike. */

import { createPublicKey, verify } from 'node:crypto';
import type { KeyObject } from 'node:crypto';

import { readDer } from './der/der.ts';
import { readPublicKey } from './public-key.ts';
import { readSignatureAlgorithm } from './signature-algorithm.ts';
import type { KeyType, SignatureAlgorithm } from './signature-algorithm.ts';

/** Below it a modulus can be factored, above it one check costs what an attacker likes. */
const minRsaBits = 2048;
const maxRsaBits = 8192;

export interface SignedOctets {
  /** DER of the AlgorithmIdentifier. */
  readonly algorithm: Uint8Array;
  /** DER of the signer's SubjectPublicKeyInfo. */
  readonly publicKey: Uint8Array;
  /** What was signed. */
  readonly signed: Uint8Array;
  /** The octets inside the BIT STRING. */
  readonly signature: Uint8Array;
}

/** `algorithm`: not in the table; `key`: too weak, too large, or of another kind; else forged. */
export interface SignatureProblem {
  readonly kind: 'algorithm' | 'key' | 'signature';
  readonly detail: string;
}

/** Why the signature does not count, or undefined when it is good. Never throws. */
export function signatureProblem(octets: SignedOctets): SignatureProblem | undefined {
  const check = prepareCheck(octets);
  if ('kind' in check) return check;
  return outcomeOf(check, isVerified(check, octets));
}

/** The same, with the hash over the octets worked out off the event loop. Never rejects. */
export async function signatureProblemLater(
  octets: SignedOctets,
): Promise<SignatureProblem | undefined> {
  const check = prepareCheck(octets);
  if ('kind' in check) return check;
  return outcomeOf(check, await isVerifiedLater(check, octets));
}

interface SignatureCheck {
  readonly algorithm: SignatureAlgorithm;
  readonly key: {
    readonly key: KeyObject;
    readonly padding?: number;
    readonly saltLength?: number;
  };
}

function prepareCheck(octets: SignedOctets): SignatureCheck | SignatureProblem {
  let algorithm: SignatureAlgorithm;
  try {
    algorithm = readSignatureAlgorithm(readDer(octets.algorithm));
  } catch (error) {
    return { kind: 'algorithm', detail: textOf(error) };
  }
  const key = openKey(octets.publicKey);
  if (typeof key === 'string') return { kind: 'key', detail: key };
  if (!algorithm.keyTypes.includes(key.type)) {
    return { kind: 'key', detail: `${algorithm.name} with a key of type ${key.type}` };
  }
  return { algorithm, key: { key: key.object, ...algorithm.padding } };
}

function outcomeOf({ algorithm }: SignatureCheck, isGood: boolean): SignatureProblem | undefined {
  if (isGood) return undefined;
  return { kind: 'signature', detail: `${algorithm.name} does not verify` };
}

/** The key, or why it is refused. */
function openKey(der: Uint8Array): { readonly object: KeyObject; readonly type: KeyType } | string {
  try {
    const { type } = readPublicKey(der, { minRsaBits, maxRsaBits });
    const object = createPublicKey({ key: Buffer.from(der), format: 'der', type: 'spki' });
    return { object, type };
  } catch (error) {
    return textOf(error);
  }
}

function isVerified(
  { algorithm, key }: SignatureCheck,
  { signed, signature }: SignedOctets,
): boolean {
  try {
    return verify(algorithm.digest, signed, key, signature);
  } catch {
    // A signature of an impossible shape, or a key that may not sign so.
    return false;
  }
}

function isVerifiedLater(
  { algorithm, key }: SignatureCheck,
  { signed, signature }: SignedOctets,
): Promise<boolean> {
  return new Promise((resolve) => {
    try {
      verify(algorithm.digest, signed, key, signature, (error, isGood) =>
        resolve(error === null && isGood),
      );
    } catch {
      resolve(false);
    }
  });
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : 'no error object';
}
