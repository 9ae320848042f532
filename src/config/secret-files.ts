/** A secret that stands in the configuration or in a file of its own. */

import { nameFile, readWholeFile } from './files.ts';

/** Nobody types more; a larger file is the wrong file. */
const MAX_SECRET_BYTES = 4_096;

export type SecretOutcome = { readonly secret: string } | { readonly problem: string };

/** Reads a secret from a file; one line ending at its end is dropped. */
export async function readSecretFile(path: string, shown: string): Promise<SecretOutcome> {
  const outcome = await readWholeFile(path, { maxBytes: MAX_SECRET_BYTES });
  if ('problem' in outcome) return { problem: nameFile(shown, outcome.problem) };
  const secret = outcome.bytes.toString('utf8').replace(/\r?\n$/, '');
  if (secret === '') return { problem: `${shown} is empty` };
  return checkSecret(secret, `the secret in ${shown}`);
}

/** Refuses what no client could send: RFC 6749 appendix A.2 (printable ASCII). */
export function checkSecret(secret: string, shown: string): SecretOutcome {
  if (!/^[\x20-\x7e]+$/.test(secret)) {
    return { problem: `${shown} has characters that are not printable ASCII` };
  }
  return { secret };
}
