/** Rules for the certificate at the end of a path: that of the client, or of the server. */

import { PROCESSED_EXTENSIONS } from '../extension-facts.ts';
import type { ExtensionFacts } from '../extension-facts.ts';
import { expectPurpose, refused } from './path-member-rules.ts';
import type { Purpose } from './path-member-rules.ts';
import type { PathCertificate } from './path-certificate.ts';
import type { PathRules } from './path-rules.ts';
import { readPublicKey } from '../public-key.ts';

/**
 * Refuses a leaf that must not act for the purpose, by throwing as the other rules do. In the order:
 * key, CA, keyUsage, extendedKeyUsage, subject.
 */
export function expectLeaf(
  { certificate }: PathCertificate,
  facts: ExtensionFacts,
  purpose: Purpose,
  rules: PathRules,
): void {
  readPublicKey(certificate.publicKey, rules);
  expectNoCa(facts, rules);
  expectKeyUsage(facts, purpose);
  expectPurpose(facts, purpose, rules);
  if (facts.extendedKeyUsage === undefined && rules.absentExtendedKeyUsage === 'refuse') {
    throw refused('certificate_extended_key_usage', 'no extendedKeyUsage');
  }
  if (certificate.subject.length === 0) expectNamedOtherwise(facts);
}

/** What only a CA may have, RFC 5280 section 4.2.1.9 and 4.2.1.10; and CAs themselves, by the switch. */
function expectNoCa(facts: ExtensionFacts, rules: PathRules): void {
  if (facts.basicConstraints?.isCa === true) {
    if (rules.caLeaf === 'refuse') throw refused('certificate_leaf_is_ca', 'the leaf is a CA');
    return;
  }
  if (facts.keyUsage?.has('keyCertSign') === true) {
    throw refused('certificate_key_usage', 'keyCertSign in a certificate that is not a CA');
  }
  if (facts.nameConstraints !== undefined) {
    throw refused('certificate_malformed', 'nameConstraints in a certificate that is not a CA');
  }
}

/**
 * A client signs the handshake (RFC 8446 section 4.4.2.4); OpenSSL also takes keyAgreement, which no
 * handshake has used since static Diffie-Hellman went. A server may be of that time or use RSA key
 * exchange in TLS 1.2.
 */
function expectKeyUsage({ keyUsage }: ExtensionFacts, purpose: Purpose): void {
  if (keyUsage === undefined || keyUsage.has('digitalSignature')) return;
  const isServer = purpose === 'server_auth';
  if (isServer && (keyUsage.has('keyEncipherment') || keyUsage.has('keyAgreement'))) return;
  throw refused('certificate_key_usage', `for ${[...keyUsage].join(', ')}, not digitalSignature`);
}

/** RFC 5280 section 4.1.2.6 */
function expectNamedOtherwise({ subjectAltName, critical }: ExtensionFacts): void {
  if (subjectAltName !== undefined && critical.includes(PROCESSED_EXTENSIONS.subjectAltName))
    return;
  throw refused('certificate_malformed', 'empty subject without a critical subjectAltName');
}
