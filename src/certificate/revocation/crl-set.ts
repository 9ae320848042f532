/** The CRLs at hand, by CA, with their signatures checked once for each key. */

import { CertificateError } from '../../errors.ts';
import type { Crl } from './crl.ts';
import { comparableName } from '../name/distinguished-name-key.ts';
import { readKeyUsage } from '../key-usage.ts';
import type { Anchor } from '../path/path-anchor.ts';
import { createCrlSignatures, keyIdOf } from './crl-signatures.ts';
import type { CrlSignatures } from './crl-signatures.ts';

export interface IssuerCrls {
  /** Signed with the issuer's key. */
  readonly authentic: readonly Crl[];
  /** Why other lists under the issuer's name don't count; empty where there are none. */
  readonly problems: readonly string[];
}

/** Immutable to who uses it; a reload makes a new one. */
export interface CrlSet {
  readonly crls: readonly Crl[];
  /**
   * The lists of an issuer. The first call for a key costs a signature check for each list of that
   * name, a hash over all of its octets among it; later ones cost a look-up.
   */
  of(issuer: Anchor): IssuerCrls;
}

/** Keys of issuers that share their names are few; a bound all the same. */
const maxIssuers = 1_024;
const none: IssuerCrls = Object.freeze({ authentic: [], problems: [] });

/** @param signatures of earlier sets, so that a list that stays is not checked again. */
export function createCrlSet(
  crls: readonly Crl[],
  signatures: CrlSignatures = createCrlSignatures(),
): CrlSet {
  const byName = Map.groupBy(crls, ({ issuer }) => comparableName(issuer));
  const checked = new Map<string, IssuerCrls>();
  return {
    crls,
    of: (issuer) => {
      const name = comparableName(issuer.name);
      const named = byName.get(name);
      if (named === undefined) return none;
      const usage = crlSignProblem(issuer);
      if (usage !== undefined) return { authentic: [], problems: named.map(() => usage) };
      const keyId = keyIdOf(issuer.publicKey);
      const key = `${keyId} ${name}`;
      const known = checked.get(key);
      if (known !== undefined) return known;
      const fresh = check(named, (crl) => signatures.problemOf(crl, issuer.publicKey, keyId));
      if (checked.size >= maxIssuers) checked.clear();
      checked.set(key, fresh);
      return fresh;
    },
  };
}

function check(crls: readonly Crl[], problemOf: (crl: Crl) => string | undefined): IssuerCrls {
  const authentic: Crl[] = [];
  const problems: string[] = [];
  for (const crl of crls) {
    const problem = problemOf(crl);
    if (problem === undefined) authentic.push(crl);
    else problems.push(problem);
  }
  return { authentic, problems };
}

/** RFC 5280 section 6.3.3 (f): where there is a key usage, it must allow signing CRLs. */
function crlSignProblem({ certificate }: Anchor): string | undefined {
  const extension = certificate?.extensions.find(({ type }) => type === '2.5.29.15');
  if (extension === undefined) return undefined;
  try {
    if (readKeyUsage(extension.value).has('cRLSign')) return undefined;
    return 'the key usage of the issuer does not allow it to sign CRLs';
  } catch (error) {
    if (!(error instanceof CertificateError)) throw error;
    return `unreadable key usage of the issuer: ${error.message}`;
  }
}
