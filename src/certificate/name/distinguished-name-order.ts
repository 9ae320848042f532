/**
 * In which direction a written name runs. RFC 4514 begins with the last RDN of the certificate, the
 * usual output of OpenSSL with the first; the same text can come from either.
 */

import type { RelativeDistinguishedName } from './distinguished-name.ts';

/**
 * `to_root`: from the client up to a country or domain, as RFC 4514 text of an ordinary certificate
 * runs; `upwards` to something below these. `from_root` and `downwards` are the reverse.
 */
export type Direction = 'to_root' | 'upwards' | 'from_root' | 'downwards' | 'none';

const ROOT_RANK = 0;

/** How far below the root of a directory a type stands. Types of no fixed place are left out. */
const RANKS: ReadonlyMap<string, number> = new Map([
  // C, DC
  ['2.5.4.6', ROOT_RANK],
  ['0.9.2342.19200300.100.1.25', ROOT_RANK],
  // ST, L
  ['2.5.4.8', 1],
  ['2.5.4.7', 2],
  // O, OU
  ['2.5.4.10', 3],
  ['2.5.4.11', 4],
  // CN, UID, emailAddress
  ['2.5.4.3', 5],
  ['0.9.2342.19200300.100.1.1', 5],
  ['1.2.840.113549.1.9.1', 5],
]);

/** The direction of RDNs as they stand in a text; `none` where their types don't tell. */
export function directionOf(rdns: readonly RelativeDistinguishedName[]): Direction {
  const ranks = rdns.flatMap(rankOf);
  const steps = ranks.slice(1).map((rank, index) => rank - (ranks[index] ?? rank));
  const rises = steps.some((step) => step < 0);
  const falls = steps.some((step) => step > 0);
  if (rises === falls) return 'none';
  if (rises) return ranks.at(-1) === ROOT_RANK ? 'to_root' : 'upwards';
  return ranks[0] === ROOT_RANK ? 'from_root' : 'downwards';
}

/** An RDN of several attributes stands where the lowest of them would. */
function rankOf(rdn: RelativeDistinguishedName): readonly number[] {
  const ranks = rdn.flatMap(({ type }) => RANKS.get(type) ?? []);
  return ranks.length === 0 ? [] : [Math.max(...ranks)];
}
