/** What the readers of the trust store formats give, before the certificates are looked at. */

import { TrustDataError } from '../../errors.ts';

/** Larger than the bundle of all public CAs in any format. */
export const maxStoreBytes = 8 * 1_048_576;

interface Place {
  /** The name of the entry, where the format has one. Any characters. */
  readonly alias?: string;
  /** The line of its BEGIN line, in PEM. */
  readonly line?: number;
}

export interface TrustedEntry extends Place {
  readonly der: Uint8Array;
}

/**
 * What is in a store and is no trust anchor. A certificate that stands there because of a private
 * key says who its owner is, not whom he trusts: the chain of a server certificate in a key store
 * would else make its public CA an authority over clients.
 */
export interface IgnoredEntry extends Place {
  readonly kind:
    | 'private_key'
    | 'certificate_of_private_key'
    | 'secret'
    | 'revocation_list'
    | 'other';
}

export interface StoreEntries {
  readonly trusted: readonly TrustedEntry[];
  readonly ignored: readonly IgnoredEntry[];
}

export function unreadable(problem: string, cause?: unknown): TrustDataError {
  return new TrustDataError('trust_store_unreadable', problem, cause);
}

export function wrongPassphrase(problem: string): TrustDataError {
  return new TrustDataError('trust_store_passphrase', problem);
}

/** Names an entry in messages: its number, counted from one, and its place. */
export function nameEntry(index: number, { alias, line }: Place): string {
  const place = alias === undefined ? '' : ` ${JSON.stringify(alias)}`;
  return `${index + 1}${place}${line === undefined ? '' : ` of line ${line}`}`;
}
