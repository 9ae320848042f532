/** The subject of a client of tls_client_auth: exactly one of five parameters (RFC 8705 section 2.1.2). */

import { CertificateError } from '../../errors.ts';
import type { ClientCertificate } from '../client-certificate.ts';
import { sameDistinguishedName } from './distinguished-name.ts';
import type { DistinguishedName } from './distinguished-name.ts';
import {
  readDistinguishedNameSpelling,
  spellDistinguishedName,
} from './distinguished-name-spelling.ts';
import { hostNameOf } from './host-name.ts';
import { formatIpOctets, ipOctetsOf } from './ip-address.ts';
import { mailboxOf } from './mailbox.ts';
import type { Mailbox } from './mailbox.ts';
import { readSubjectAltNames } from './subject-alt-name.ts';

/** The names of RFC 8705 section 2.1.2. */
export const SUBJECT_PARAMETERS = [
  'tls_client_auth_subject_dn',
  'tls_client_auth_san_dns',
  'tls_client_auth_san_uri',
  'tls_client_auth_san_ip',
  'tls_client_auth_san_email',
] as const;

export type SubjectParameter = (typeof SUBJECT_PARAMETERS)[number];

export type RegisteredSubject =
  | { readonly parameter: 'tls_client_auth_subject_dn'; readonly name: DistinguishedName }
  /** In lower case. */
  | { readonly parameter: 'tls_client_auth_san_dns'; readonly host: string }
  | { readonly parameter: 'tls_client_auth_san_uri'; readonly uri: string }
  | { readonly parameter: 'tls_client_auth_san_ip'; readonly octets: Uint8Array }
  | { readonly parameter: 'tls_client_auth_san_email'; readonly mailbox: Mailbox };

export type SubjectMetadata = Readonly<Partial<Record<SubjectParameter, string | undefined>>>;

export interface SubjectProblem {
  readonly key: SubjectParameter;
  readonly text: string;
}

export type SubjectOutcome =
  | { readonly subject: RegisteredSubject }
  | { readonly problems: readonly SubjectProblem[] };

/** Longer than any name in use; bounds the work on one. */
const maxValueLength = 8_192;

/** The one subject of a client's metadata, or what is wrong with it: none, several, unreadable. */
export function readRegisteredSubject(metadata: SubjectMetadata): SubjectOutcome {
  const given = SUBJECT_PARAMETERS.filter((key) => metadata[key] !== undefined);
  const [parameter, ...others] = given;
  if (parameter === undefined) {
    const [key] = SUBJECT_PARAMETERS;
    return { problems: [{ key, text: 'is required for tls_client_auth' }] };
  }
  if (others.length > 0) {
    const text = `stands beside ${parameter}, expected exactly one of them`;
    return { problems: others.map((key) => ({ key, text })) };
  }
  const outcome = readSubject(parameter, metadata[parameter] ?? '');
  if (typeof outcome !== 'string') return { subject: outcome };
  return { problems: [{ key: parameter, text: outcome }] };
}

/** The subject, or the text of the problem. */
function readSubject(parameter: SubjectParameter, text: string): RegisteredSubject | string {
  if (text.length > maxValueLength) return `is longer than ${maxValueLength} characters`;
  switch (parameter) {
    case 'tls_client_auth_subject_dn':
      return readName(text);
    case 'tls_client_auth_san_dns': {
      if (ipOctetsOf(text) !== undefined) return 'is an IP address: use tls_client_auth_san_ip';
      // Nobody can be a name with a wildcard, on whichever side it stands.
      if (text.includes('*')) return 'has a wildcard, expected one host name';
      const host = isAscii(text) ? hostNameOf(text) : undefined;
      if (host !== undefined) return { parameter, host };
      return 'is no host name of ASCII letters (xn-- for others) without a dot at its end';
    }
    case 'tls_client_auth_san_uri':
      if (/^[a-z][a-z0-9+.-]*:[\x21-\x7e]+$/i.test(text)) return { parameter, uri: text };
      return 'is no absolute URI of printable ASCII';
    case 'tls_client_auth_san_ip': {
      const octets = ipOctetsOf(text);
      return octets === undefined ? 'is no IP address' : { parameter, octets };
    }
    case 'tls_client_auth_san_email': {
      const mailbox = isAscii(text) ? mailboxOf(text) : undefined;
      if (mailbox !== undefined) return { parameter, mailbox };
      return 'is no e-mail address of ASCII letters without quotes';
    }
  }
}

function readName(text: string): RegisteredSubject | string {
  try {
    return { parameter: 'tls_client_auth_subject_dn', name: readDistinguishedNameSpelling(text) };
  } catch (error) {
    if (error instanceof CertificateError) return error.message;
    throw error;
  }
}

/**
 * Whether the certificate has the registered subject: equal distinguished names, or one alternative
 * name of the registered type that is equal. DNS names and mail domains are equal in any letter case
 * of ASCII, all else exactly; a wildcard in a certificate is but a character.
 *
 * @throws CertificateError `certificate_malformed` when the alternative names can't be read.
 */
export function hasSubject(certificate: ClientCertificate, subject: RegisteredSubject): boolean {
  switch (subject.parameter) {
    case 'tls_client_auth_subject_dn':
      return sameDistinguishedName(subject.name, certificate.subject);
    case 'tls_client_auth_san_dns':
      return readSubjectAltNames(certificate).dns.some((name) => lowerCased(name) === subject.host);
    case 'tls_client_auth_san_uri':
      return readSubjectAltNames(certificate).uri.includes(subject.uri);
    case 'tls_client_auth_san_ip':
      return readSubjectAltNames(certificate).ip.some(
        (octets) => Buffer.compare(octets, subject.octets) === 0,
      );
    case 'tls_client_auth_san_email': {
      const { local, host } = subject.mailbox;
      return readSubjectAltNames(certificate).email.some((text) => {
        const presented = mailboxOf(text);
        return presented?.local === local && presented.host === host;
      });
    }
  }
}

/** What the certificate has where the parameter looks, each value in its plain form. */
export function formatPresented(
  certificate: ClientCertificate,
  parameter: SubjectParameter,
): readonly string[] {
  switch (parameter) {
    case 'tls_client_auth_subject_dn':
      return [spellDistinguishedName(certificate.subject)];
    case 'tls_client_auth_san_dns':
      return readSubjectAltNames(certificate).dns.map(escaped);
    case 'tls_client_auth_san_uri':
      return readSubjectAltNames(certificate).uri.map(escaped);
    case 'tls_client_auth_san_ip':
      return readSubjectAltNames(certificate).ip.map(formatIpOctets);
    case 'tls_client_auth_san_email':
      return readSubjectAltNames(certificate).email.map(escaped);
  }
}

/** The registered value in its plain form. */
export function formatSubject(subject: RegisteredSubject): string {
  switch (subject.parameter) {
    case 'tls_client_auth_subject_dn':
      return spellDistinguishedName(subject.name);
    case 'tls_client_auth_san_dns':
      return subject.host;
    case 'tls_client_auth_san_uri':
      return subject.uri;
    case 'tls_client_auth_san_ip':
      return formatIpOctets(subject.octets);
    case 'tls_client_auth_san_email':
      return `${subject.mailbox.local}@${subject.mailbox.host}`;
  }
}

/** Names are ASCII here; controls in them must not reach a terminal. */
function escaped(text: string): string {
  return text.replace(
    /[^\x20-\x7e]/g,
    (octet) => `\\${octet.charCodeAt(0).toString(16).padStart(2, '0')}`,
  );
}

/** Letters beyond ASCII may have one of ASCII as their lower case, as the Kelvin sign has. */
function isAscii(text: string): boolean {
  return /^[\x21-\x7e]*$/.test(text);
}

function lowerCased(text: string): string {
  return text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
}
