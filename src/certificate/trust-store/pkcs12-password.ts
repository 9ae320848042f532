/** Keys from passphrases, as PKCS#12 makes them, with a bound on the work that a file can ask for. */

import { hash, pbkdf2Sync } from 'node:crypto';

import { unreadable } from './trust-store-entries.ts';

export type Digest = 'sha1' | 'sha256' | 'sha384' | 'sha512';

/** A hundred times what keytool asks for; all derivations of one file share it. */
const maxIterations = 1_000_000;

export interface DerivationBudget {
  /** @throws TrustDataError `trust_store_unreadable` when the file asks for more than is left. */
  spend(iterations: number): void;
}

export function createDerivationBudget(): DerivationBudget {
  let left = maxIterations;
  return {
    spend: (iterations) => {
      left -= iterations;
      if (iterations < 1 || left < 0) {
        throw unreadable(
          `PKCS#12: ${iterations} iterations are not between 1 and ${maxIterations}`,
        );
      }
    },
  };
}

export interface Derivation {
  readonly digest: Digest;
  readonly salt: Uint8Array;
  readonly iterations: number;
}

/** PBKDF2 of the passphrase in UTF-8 (RFC 8018 section 5.2). */
export function pbkdf2Key(
  passphrase: string,
  { digest, salt, iterations }: Derivation,
  length: number,
): Uint8Array {
  return pbkdf2Sync(passphrase, salt, iterations, length, digest);
}

/**
 * The key of the integrity check, one digest long (RFC 7292 appendix B.2 with the purpose 3).
 *
 * @param password in UTF-16 with its final zero, see `bmpPasswords`.
 */
export function macKey(password: Uint8Array, { digest, salt, iterations }: Derivation): Uint8Array {
  const blockBytes = digest === 'sha384' || digest === 'sha512' ? 128 : 64;
  const diversifier = new Uint8Array(blockBytes).fill(3);
  let key = hash(
    digest,
    Buffer.concat([diversifier, repeated(salt, blockBytes), repeated(password, blockBytes)]),
    'buffer',
  );
  for (let done = 1; done < iterations; done += 1) key = hash(digest, key, 'buffer');
  return key;
}

/** The encodings of a passphrase; for the empty one two are in use. */
export function bmpPasswords(passphrase: string | undefined): readonly Uint8Array[] {
  const text = passphrase ?? '';
  const terminated = Buffer.from(`${text}\0`, 'utf16le').swap16();
  return text === '' ? [terminated, new Uint8Array()] : [terminated];
}

/** The octets again and again up to the next multiple of the block. */
function repeated(octets: Uint8Array, blockBytes: number): Uint8Array {
  const length = Math.ceil(octets.length / blockBytes) * blockBytes;
  return Uint8Array.from({ length }, (_, index) => octets[index % octets.length] ?? 0);
}
