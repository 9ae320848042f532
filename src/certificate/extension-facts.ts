/** What the extensions of a certificate say, of those that path validation processes (RFC 5280 4.2.1). */

import { CertificateError } from '../errors.ts';
import { readBasicConstraints } from './basic-constraints.ts';
import type { BasicConstraints } from './basic-constraints.ts';
import type { CertificateExtension, ClientCertificate } from './client-certificate.ts';
import { readGeneralNames } from './name/general-name.ts';
import type { GeneralName } from './name/general-name.ts';
import { readAuthorityKeyIdentifier, readSubjectKeyIdentifier } from './key-identifier.ts';
import { readExtendedKeyUsage, readKeyUsage } from './key-usage.ts';
import type { KeyUsage } from './key-usage.ts';
import { readNameConstraints } from './name/name-constraints.ts';
import type { NameConstraints } from './name/name-constraints.ts';
import {
  readCertificatePolicies,
  readInhibitAnyPolicy,
  readPolicyConstraints,
  readPolicyMappings,
} from './policy-extensions.ts';
import type { CertificatePolicies, PolicyConstraints, PolicyMapping } from './policy-extensions.ts';

/** Undefined is an extension that is not there. */
export interface ExtensionFacts {
  readonly basicConstraints: BasicConstraints | undefined;
  readonly keyUsage: ReadonlySet<KeyUsage> | undefined;
  /** Dotted object identifiers. */
  readonly extendedKeyUsage: ReadonlySet<string> | undefined;
  readonly subjectAltName: readonly GeneralName[] | undefined;
  readonly nameConstraints: NameConstraints | undefined;
  readonly certificatePolicies: CertificatePolicies | undefined;
  readonly policyMappings: readonly PolicyMapping[] | undefined;
  readonly policyConstraints: PolicyConstraints | undefined;
  readonly inhibitAnyPolicy: number | undefined;
  /** Types of the extensions that are critical, known or not. */
  readonly critical: readonly string[];
}

/** The extensions whose meaning the rules of the path take account of; any other is unknown to them. */
export const PROCESSED_EXTENSIONS = {
  keyUsage: '2.5.29.15',
  subjectAltName: '2.5.29.17',
  basicConstraints: '2.5.29.19',
  nameConstraints: '2.5.29.30',
  certificatePolicies: '2.5.29.32',
  policyMappings: '2.5.29.33',
  policyConstraints: '2.5.29.36',
  extendedKeyUsage: '2.5.29.37',
  inhibitAnyPolicy: '2.5.29.54',
} as const;

/** They order the search and decide nothing, so that as critical extensions they are unknown. */
const subjectKeyIdentifier = '2.5.29.14';
const authorityKeyIdentifier = '2.5.29.35';

/**
 * Reads all of them, the key identifiers for their form only.
 *
 * @throws CertificateError `certificate_malformed` naming the extension.
 */
export function readExtensionFacts({ extensions }: ClientCertificate): ExtensionFacts {
  const read = <T>(type: string, reader: (der: Uint8Array) => T): T | undefined =>
    readOne(extensions, type, reader);
  read(subjectKeyIdentifier, readSubjectKeyIdentifier);
  read(authorityKeyIdentifier, readAuthorityKeyIdentifier);
  return {
    basicConstraints: read(PROCESSED_EXTENSIONS.basicConstraints, readBasicConstraints),
    keyUsage: read(PROCESSED_EXTENSIONS.keyUsage, readKeyUsage),
    extendedKeyUsage: read(PROCESSED_EXTENSIONS.extendedKeyUsage, readExtendedKeyUsage),
    subjectAltName: read(PROCESSED_EXTENSIONS.subjectAltName, (der) =>
      readGeneralNames(der, 'subjectAltName'),
    ),
    nameConstraints: read(PROCESSED_EXTENSIONS.nameConstraints, readNameConstraints),
    certificatePolicies: read(PROCESSED_EXTENSIONS.certificatePolicies, readCertificatePolicies),
    policyMappings: read(PROCESSED_EXTENSIONS.policyMappings, readPolicyMappings),
    policyConstraints: read(PROCESSED_EXTENSIONS.policyConstraints, readPolicyConstraints),
    inhibitAnyPolicy: read(PROCESSED_EXTENSIONS.inhibitAnyPolicy, readInhibitAnyPolicy),
    critical: extensions.filter(({ critical }) => critical).map(({ type }) => type),
  };
}

export interface KeyIdentifiers {
  /** Lower-case hex. */
  readonly subject: string | undefined;
  readonly authority: string | undefined;
}

/** The key identifiers as hints; unreadable ones are none here, and refused where the path is judged. */
export function readKeyIdentifiers({ extensions }: ClientCertificate): KeyIdentifiers {
  try {
    return {
      subject: readOne(extensions, subjectKeyIdentifier, readSubjectKeyIdentifier),
      authority: readOne(extensions, authorityKeyIdentifier, readAuthorityKeyIdentifier),
    };
  } catch {
    return { subject: undefined, authority: undefined };
  }
}

function readOne<T>(
  extensions: readonly CertificateExtension[],
  type: string,
  reader: (der: Uint8Array) => T,
): T | undefined {
  const extension = extensions.find((candidate) => candidate.type === type);
  if (extension === undefined) return undefined;
  try {
    return reader(extension.value);
  } catch (error) {
    const seen = error instanceof CertificateError ? error.message : 'unreadable';
    throw new CertificateError('certificate_malformed', `extension ${type}: ${seen}`, error);
  }
}
