/**
 * Names of keys (RFC 5280 section 4.2.1.1 and 4.2.1.2). They order the search for an issuer and
 * decide nothing: who writes the certificate writes them as he likes.
 */

import { malformed, readDer } from './der/der.ts';
import { contentOf, expectUniversal, hexOf, isContext, sequenceOf } from './der/der-value.ts';

/**
 * The subjectKeyIdentifier in lower-case hex.
 *
 * @throws CertificateError `certificate_malformed`, as both functions here.
 */
export function readSubjectKeyIdentifier(der: Uint8Array): string {
  return hexOf(contentOf(expectUniversal(readDer(der), 'octetString', 'subjectKeyIdentifier')));
}

/** The keyIdentifier field of an authorityKeyIdentifier, undefined where it has none. */
export function readAuthorityKeyIdentifier(der: Uint8Array): string | undefined {
  const fields = sequenceOf(readDer(der), 'authorityKeyIdentifier');
  const tags = fields.map(({ tagClass, tagNumber }) => (tagClass === 'context' ? tagNumber : -1));
  const isInOrder = tags.every(
    (tag, index) => tag >= 0 && tag <= 2 && tag > (tags[index - 1] ?? -1),
  );
  if (!isInOrder) throw malformed(0, 'authorityKeyIdentifier with unknown fields');
  const [identifier] = fields;
  if (!isContext(identifier, 0)) return undefined;
  if (identifier.constructed) throw malformed(0, 'keyIdentifier in the wrong form');
  return hexOf(contentOf(identifier));
}
