/**
 * Rules for one certificate of a path. Each function refuses by throwing CertificateError with the
 * rule's reason; the caller adds the depth.
 */

import { CertificateError } from '../../errors.ts';
import type { Reason } from '../../errors.ts';
import { EXTENDED_KEY_USAGES } from '../key-usage.ts';
import { PROCESSED_EXTENSIONS } from '../extension-facts.ts';
import type { ExtensionFacts } from '../extension-facts.ts';
import { anyPolicy } from '../policy-extensions.ts';
import type { PathCertificate } from './path-certificate.ts';
import type { PathRules } from './path-rules.ts';
import { validityProblem } from '../validity.ts';

export type Purpose = 'client_auth' | 'server_auth';

const PURPOSE_USAGES = {
  client_auth: EXTENDED_KEY_USAGES.clientAuth,
  server_auth: EXTENDED_KEY_USAGES.serverAuth,
} as const;

const PROCESSED: ReadonlySet<string> = new Set(Object.values(PROCESSED_EXTENSIONS));

/** RFC 5280 section 4.1.2.5 and 6.1.3 (a) (2). */
export function expectValidAt(member: PathCertificate, at: number, rules: PathRules): void {
  const { certificate } = member;
  const reason = validityProblem(certificate, at, rules.clockSkewMs);
  if (reason === undefined) return;
  const [from, until] = [certificate.notBefore, certificate.notAfter].map(textOfMoment);
  throw refused(reason, `valid from ${from} until ${until}, looked at ${textOfMoment(at)}`);
}

/**
 * Older certificates can't say that they are no CA (RFC 5280 section 6.1.4 (k)); unique identifiers
 * are from a time when names were given twice, and compared by nobody (section 4.1.2.8).
 */
export function expectVersion3({ certificate }: PathCertificate): void {
  if (certificate.version !== 3) {
    throw refused('certificate_version', `version ${certificate.version}`);
  }
  if (certificate.hasUniqueIdentifiers) throw refused('certificate_version', 'unique identifiers');
}

/** RFC 5280 section 4.1.2.4 */
export function expectIssuerName({ certificate }: PathCertificate): void {
  if (certificate.issuer.length > 0) return;
  throw refused('certificate_malformed', 'the name of the issuer is empty');
}

/** RFC 5280 section 4.2 and 4.2.1.4: critical means that it is processed, or the certificate refused. */
export function expectKnownCritical({ critical, certificatePolicies }: ExtensionFacts): void {
  const unknown = critical.find((type) => !PROCESSED.has(type));
  if (unknown !== undefined) {
    throw refused('certificate_critical_extension', `critical extension ${unknown}`);
  }
  const qualifier = certificatePolicies?.unknownQualifier;
  if (qualifier === undefined || !critical.includes(PROCESSED_EXTENSIONS.certificatePolicies))
    return;
  throw refused('certificate_critical_extension', `critical policy with qualifier ${qualifier}`);
}

/** Whether this certificate may issue others: RFC 5280 section 6.1.4 (a), (k) and (n). */
export function expectCa(facts: ExtensionFacts): void {
  const { basicConstraints, keyUsage, policyMappings } = facts;
  if (basicConstraints === undefined) {
    throw refused('certificate_issuer_not_ca', 'issuer without basicConstraints');
  }
  if (!basicConstraints.isCa) throw refused('certificate_issuer_not_ca', 'issuer is not a CA');
  if (keyUsage !== undefined && !keyUsage.has('keyCertSign')) {
    throw refused('certificate_issuer_not_ca', 'keyUsage of the issuer lacks keyCertSign');
  }
  const mapsAny = policyMappings?.some(
    ({ issuerPolicy, subjectPolicy }) => issuerPolicy === anyPolicy || subjectPolicy === anyPolicy,
  );
  if (mapsAny === true) throw refused('certificate_policy', 'anyPolicy is mapped');
}

/**
 * RFC 5280 section 4.2.1.12 for the leaf. In a CA the extension bounds what it may issue, as OpenSSL and
 * the CA/Browser Forum read it: RFC 5280 leaves that open.
 */
export function expectPurpose(
  { extendedKeyUsage }: ExtensionFacts,
  purpose: Purpose,
  rules: PathRules,
): void {
  if (extendedKeyUsage === undefined || extendedKeyUsage.has(PURPOSE_USAGES[purpose])) return;
  const isAny = extendedKeyUsage.has(EXTENDED_KEY_USAGES.any);
  if (isAny && rules.anyExtendedKeyUsage === 'accept') return;
  const seen = [...extendedKeyUsage].slice(0, 5).join(', ');
  throw refused('certificate_extended_key_usage', `for ${seen}, not for ${purpose}`);
}

export function refused(reason: Reason, detail: string): CertificateError {
  return new CertificateError(reason, detail);
}

function textOfMoment(moment: number): string {
  return Number.isFinite(moment) ? new Date(moment).toISOString() : String(moment);
}
