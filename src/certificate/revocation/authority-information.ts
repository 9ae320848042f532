/** Where the issuer of a certificate says that it can be asked (RFC 5280 section 4.2.2.1). */

import type { ClientCertificate } from '../client-certificate.ts';
import { readDer } from '../der/der.ts';
import { objectIdentifierOf, sequenceOf } from '../der/der-value.ts';
import { readGeneralName } from '../name/general-name.ts';

const authorityInfoAccess = '1.3.6.1.5.5.7.1.1';
const ocsp = '1.3.6.1.5.5.7.48.1';

/**
 * The addresses of OCSP responders as they stand in the certificate. Ask none of them before the
 * certificate is known to come from a trusted CA.
 *
 * @throws CertificateError `certificate_malformed`.
 */
export function readOcspUrls({ extensions }: ClientCertificate): readonly string[] {
  const extension = extensions.find(({ type }) => type === authorityInfoAccess);
  if (extension === undefined) return [];
  return sequenceOf(readDer(extension.value), 'authorityInfoAccess').flatMap((description) => {
    const [method, location] = sequenceOf(description, 'access description');
    if (objectIdentifierOf(method, 'access method') !== ocsp) return [];
    const name = readGeneralName(location, 'access location');
    return name.form === 'uri' ? [name.value] : [];
  });
}
