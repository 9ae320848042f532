/** Which users a certificate may name, if any. */

import type { ClientCertificate, Verdict } from '../certificate/client-certificate.ts';
import { sameDistinguishedName } from '../certificate/name/distinguished-name.ts';
import type { DistinguishedName } from '../certificate/name/distinguished-name.ts';
import { sha1ThumbprintOf } from '../certificate/thumbprint.ts';
import type { Thumbprint } from '../certificate/thumbprint.ts';

export type AdminUsers = ReadonlySet<string> | 'every';

export interface AdminCertificates {
  /** Certificates that may name users, whoever issued them. */
  readonly certificates: readonly Thumbprint[];
  /** CAs whose certificates may. */
  readonly issuers: readonly DistinguishedName[];
  readonly usersByCertificate: readonly {
    readonly thumbprint: Thumbprint;
    readonly users: AdminUsers;
  }[];
  readonly usersByIssuer: readonly {
    readonly issuer: DistinguishedName;
    readonly users: AdminUsers;
  }[];
}

/**
 * The users that the certificate may name; undefined where it may name none. What is said of the
 * certificate itself counts before what is said of its issuer.
 */
export function usersOf(
  certificate: ClientCertificate,
  verdict: Verdict,
  rules: AdminCertificates,
): AdminUsers | undefined {
  // Out of date or revoked, it is good for nothing, on whatever list it is.
  if (verdict.kind === 'untrusted' && verdict.of === 'certificate') return undefined;
  const isTrusted = verdict.kind === 'trusted';
  const isNamed = (thumbprint: Thumbprint): boolean => isOf(thumbprint, certificate, isTrusted);
  // Anybody can write any issuer into a certificate of his own.
  const isIssuer = (name: DistinguishedName): boolean =>
    isTrusted && sameDistinguishedName(name, certificate.issuer);
  if (!rules.certificates.some(isNamed) && !rules.issuers.some(isIssuer)) return undefined;
  const own = rules.usersByCertificate.find(({ thumbprint }) => isNamed(thumbprint));
  if (own !== undefined) return own.users;
  return rules.usersByIssuer.find(({ issuer }) => isIssuer(issuer))?.users;
}

/**
 * Whether the thumbprint is that of the certificate. Two certificates of one SHA-1 can be made, but
 * not by who has to have them signed by a CA of ours.
 */
function isOf(
  { algorithm, value }: Thumbprint,
  { der, thumbprint }: ClientCertificate,
  isTrusted: boolean,
): boolean {
  if (algorithm === 'sha256') return value === thumbprint;
  return isTrusted && value === sha1ThumbprintOf(der);
}
