/** A certificate as the search and the rules of the path see it; what is costly is read once, on demand. */

import type { ClientCertificate } from '../client-certificate.ts';
import { comparableName } from '../name/distinguished-name-key.ts';
import { readExtensionFacts, readKeyIdentifiers } from '../extension-facts.ts';
import type { ExtensionFacts, KeyIdentifiers } from '../extension-facts.ts';
import { constrainedNamesOf } from '../name/constrained-name.ts';
import type { ConstrainedName } from '../name/constrained-name.ts';

export interface PathCertificate {
  readonly certificate: ClientCertificate;
  /** Keys of the two names: equal where the names are (RFC 5280 section 7.1). */
  readonly subjectKey: string;
  readonly issuerKey: string;
  /** By the rules for names, not byte for byte as in the record. */
  readonly isSelfIssued: boolean;
  readonly keyIdentifiers: KeyIdentifiers;
  /** Throws CertificateError `certificate_malformed` each time that it is asked in vain. */
  readonly facts: () => ExtensionFacts;
  /** The names that constraints above are held against. Throws what `facts` throws. */
  readonly constrainedNames: () => readonly ConstrainedName[];
}

export function createPathCertificate(certificate: ClientCertificate): PathCertificate {
  const subjectKey = comparableName(certificate.subject);
  const issuerKey = certificate.isSelfIssued ? subjectKey : comparableName(certificate.issuer);
  const facts = once(() => readExtensionFacts(certificate));
  return {
    certificate,
    subjectKey,
    issuerKey,
    isSelfIssued: subjectKey === issuerKey,
    keyIdentifiers: readKeyIdentifiers(certificate),
    facts,
    constrainedNames: once(() =>
      constrainedNamesOf(certificate.subject, facts().subjectAltName ?? []),
    ),
  };
}

/**
 * Reads at the first call only, also where it fails: a certificate stands on as many paths as there
 * are ways up, and each of them asks.
 */
function once<T>(read: () => T): () => T {
  let outcome: { readonly value: T } | { readonly error: unknown } | undefined;
  return () => {
    outcome ??= attempt(read);
    if ('error' in outcome) throw outcome.error;
    return outcome.value;
  };
}

function attempt<T>(read: () => T): { readonly value: T } | { readonly error: unknown } {
  try {
    return { value: read() };
  } catch (error) {
    return { error };
  }
}
