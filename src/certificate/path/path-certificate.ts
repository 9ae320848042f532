/** A certificate as the search and the rules of the path see it; what is costly is read once, on demand. */

import type { ClientCertificate } from '../client-certificate.ts';
import { comparableName } from '../name/distinguished-name-key.ts';
import { readExtensionFacts, readKeyIdentifiers } from '../extension-facts.ts';
import type { ExtensionFacts, KeyIdentifiers } from '../extension-facts.ts';

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
}

export function createPathCertificate(certificate: ClientCertificate): PathCertificate {
  const subjectKey = comparableName(certificate.subject);
  const issuerKey = certificate.isSelfIssued ? subjectKey : comparableName(certificate.issuer);
  let facts: ExtensionFacts | undefined;
  return {
    certificate,
    subjectKey,
    issuerKey,
    isSelfIssued: subjectKey === issuerKey,
    keyIdentifiers: readKeyIdentifiers(certificate),
    facts: () => {
      facts ??= readExtensionFacts(certificate);
      return facts;
    },
  };
}
