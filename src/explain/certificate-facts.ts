/** What a certificate says of itself, in words; nothing of it is judged here. */

import type { ClientCertificate } from '../certificate/client-certificate.ts';
import { formatDistinguishedName } from '../certificate/name/distinguished-name.ts';
import { spellDistinguishedName } from '../certificate/name/distinguished-name-spelling.ts';
import type { GeneralName } from '../certificate/name/general-name.ts';
import { readPublicKey } from '../certificate/public-key.ts';
import { formatPresented } from '../certificate/name/registered-subject.ts';
import { readSubjectAltNames } from '../certificate/name/subject-alt-name.ts';
import { allNotations, publicKeyPinOf } from '../certificate/thumbprint.ts';
import { CertificateError } from '../errors.ts';

const DAY_MS = 86_400_000;

export interface CertificateFacts {
  /** RFC 4514. */
  readonly subject: string;
  /** As `tls_client_auth_subject_dn` takes it; differs where RFC 4514 text could be misread. */
  readonly subject_to_register: string;
  readonly subject_alt_names: AlternativeNames;
  readonly issuer: string;
  readonly serial_number: string;
  /** `x5t#S256` of RFC 8705. */
  readonly thumbprint: string;
  /** The same in the notations of other products. */
  readonly thumbprints: {
    readonly sha256_hex: string;
    readonly sha256_colons: string;
    readonly x5t_sha1: string;
    readonly wso2_hexified: string;
  };
  readonly not_before: string;
  readonly not_after: string;
  /** Whole days until its end, seen from the moment that was asked about; negative after it. */
  readonly days_left: number;
  readonly key: string;
  /** What `spki_pins` takes. */
  readonly key_pin: string;
}

export interface AlternativeNames {
  readonly dns: readonly string[];
  readonly uri: readonly string[];
  readonly ip: readonly string[];
  readonly email: readonly string[];
  /** Names that no parameter of RFC 8705 compares. */
  readonly others: readonly string[];
  /** Why none of them could be read. */
  readonly problem?: string;
}

/** Returns the facts as seen at a moment, in milliseconds since the epoch. */
export function factsOf(certificate: ClientCertificate, at: number): CertificateFacts {
  const { subject, issuer, publicKey, notBefore, notAfter } = certificate;
  const notations = allNotations(certificate.der);
  return {
    subject: formatDistinguishedName(subject),
    subject_to_register: spellDistinguishedName(subject),
    subject_alt_names: alternativeNamesOf(certificate),
    issuer: formatDistinguishedName(issuer),
    serial_number: certificate.serialNumber,
    thumbprint: certificate.thumbprint,
    thumbprints: {
      sha256_hex: notations.hex,
      sha256_colons: notations.colonHex,
      x5t_sha1: notations.sha1X5t,
      wso2_hexified: notations.wso2Hexified,
    },
    not_before: new Date(notBefore).toISOString(),
    not_after: new Date(notAfter).toISOString(),
    days_left: Math.floor((notAfter - at) / DAY_MS),
    key: describeKey(publicKey),
    key_pin: publicKeyPinOf(publicKey),
  };
}

function alternativeNamesOf(certificate: ClientCertificate): AlternativeNames {
  try {
    return {
      dns: formatPresented(certificate, 'tls_client_auth_san_dns'),
      uri: formatPresented(certificate, 'tls_client_auth_san_uri'),
      ip: formatPresented(certificate, 'tls_client_auth_san_ip'),
      email: formatPresented(certificate, 'tls_client_auth_san_email'),
      others: readSubjectAltNames(certificate).others.map(describeOther),
    };
  } catch (error) {
    if (!(error instanceof CertificateError)) throw error;
    return { dns: [], uri: [], ip: [], email: [], others: [], problem: error.message };
  }
}

function describeOther(name: GeneralName): string {
  if (name.form === 'directory') return `directory ${formatDistinguishedName(name.name)}`;
  return name.form === 'other' ? `other ${name.type}` : name.form;
}

/** The key's kind and size, be it good enough or not. */
function describeKey(publicKey: Uint8Array): string {
  try {
    return readPublicKey(publicKey, { minRsaBits: 0, maxRsaBits: Number.POSITIVE_INFINITY }).name;
  } catch (error) {
    if (!(error instanceof CertificateError)) throw error;
    return error.message;
  }
}
