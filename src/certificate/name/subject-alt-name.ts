/** The subject alternative names of a certificate, each under its type (RFC 5280 section 4.2.1.6). */

import type { ClientCertificate } from '../client-certificate.ts';
import { readGeneralNames } from './general-name.ts';
import type { GeneralName } from './general-name.ts';

const SUBJECT_ALT_NAME = '2.5.29.17';

/** Text is as it stands in the certificate, NUL and all; nothing is folded or cut. */
export interface SubjectAltNames {
  readonly dns: readonly string[];
  readonly uri: readonly string[];
  /** 4 octets for IPv4 and 16 for IPv6 in a sound certificate; any number in others. */
  readonly ip: readonly Uint8Array[];
  readonly email: readonly string[];
  /** Names that RFC 8705 gives no parameter for. */
  readonly others: readonly GeneralName[];
}

const NONE: SubjectAltNames = Object.freeze({ dns: [], uri: [], ip: [], email: [], others: [] });

/**
 * The names of the certificate's extension; empty lists where it has none.
 *
 * @throws CertificateError `certificate_malformed` when the extension can't be read as a whole.
 */
export function readSubjectAltNames(certificate: ClientCertificate): SubjectAltNames {
  const extension = certificate.extensions.find(({ type }) => type === SUBJECT_ALT_NAME);
  if (extension === undefined) return NONE;
  const names = readGeneralNames(extension.value, 'subjectAltName');
  const texts = (form: 'dns' | 'uri' | 'email') =>
    names.flatMap((name) => (name.form === form ? name.value : []));
  return {
    dns: texts('dns'),
    uri: texts('uri'),
    ip: names.flatMap((name) => (name.form === 'ip' ? [name.octets] : [])),
    email: texts('email'),
    others: names.filter(({ form }) => !['dns', 'uri', 'ip', 'email'].includes(form)),
  };
}
