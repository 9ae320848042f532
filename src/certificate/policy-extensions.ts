/** Reads the extensions about certificate policies (RFC 5280 section 4.2.1.4, .5, .11 and .14). */

import { malformed, readDer } from './der/der.ts';
import type { DerNode } from './der/der.ts';
import { countOf, implicitCountOf } from './der/der-count.ts';
import { isContext, objectIdentifierOf, sequenceOf } from './der/der-value.ts';

export const anyPolicy = '2.5.29.32.0';

/** Qualifiers that say nothing a program must act on: a link to the statement, a notice to people. */
const HARMLESS_QUALIFIERS: ReadonlySet<string> = new Set([
  '1.3.6.1.5.5.7.2.1',
  '1.3.6.1.5.5.7.2.2',
]);

export interface CertificatePolicies {
  readonly policies: ReadonlySet<string>;
  /** A qualifier that means something unknown; refused where the extension is critical. */
  readonly unknownQualifier: string | undefined;
}

export interface PolicyMapping {
  readonly issuerPolicy: string;
  readonly subjectPolicy: string;
}

/** Counts of certificates that may still follow, undefined where there is no such limit. */
export interface PolicyConstraints {
  readonly requireExplicitPolicy: number | undefined;
  readonly inhibitPolicyMapping: number | undefined;
}

/** @throws CertificateError `certificate_malformed`, as every function here. */
export function readCertificatePolicies(der: Uint8Array): CertificatePolicies {
  const items = sequenceOf(readDer(der), 'certificatePolicies');
  if (items.length === 0) throw malformed(0, 'certificatePolicies is empty');
  const policies = new Set<string>();
  let unknownQualifier: string | undefined;
  for (const item of items) {
    const [identifier, qualifiers, ...others] = sequenceOf(item, 'policy');
    if (others.length > 0) throw malformed(item.start, 'policy with extra fields');
    const policy = objectIdentifierOf(identifier, 'policy');
    if (policies.has(policy)) throw malformed(item.start, `policy ${policy} twice`);
    policies.add(policy);
    unknownQualifier ??= qualifiers && unknownQualifierOf(qualifiers);
  }
  return { policies, unknownQualifier };
}

function unknownQualifierOf(node: DerNode): string | undefined {
  return sequenceOf(node, 'policy qualifiers')
    .map((item) => objectIdentifierOf(sequenceOf(item, 'policy qualifier')[0], 'policy qualifier'))
    .find((type) => !HARMLESS_QUALIFIERS.has(type));
}

export function readPolicyMappings(der: Uint8Array): readonly PolicyMapping[] {
  const items = sequenceOf(readDer(der), 'policyMappings');
  if (items.length === 0) throw malformed(0, 'policyMappings is empty');
  return items.map((item) => {
    const [issuer, subject, ...others] = sequenceOf(item, 'policy mapping');
    if (others.length > 0) throw malformed(item.start, 'policy mapping with extra fields');
    return {
      issuerPolicy: objectIdentifierOf(issuer, 'issuerDomainPolicy'),
      subjectPolicy: objectIdentifierOf(subject, 'subjectDomainPolicy'),
    };
  });
}

export function readPolicyConstraints(der: Uint8Array): PolicyConstraints {
  const rest = [...sequenceOf(readDer(der), 'policyConstraints')];
  if (rest.length === 0) throw malformed(0, 'policyConstraints is empty');
  const countAt = (tag: number, what: string): number | undefined => {
    const [first] = rest;
    if (!isContext(first, tag)) return undefined;
    rest.shift();
    return implicitCountOf(first, what);
  };
  const requireExplicitPolicy = countAt(0, 'requireExplicitPolicy');
  const inhibitPolicyMapping = countAt(1, 'inhibitPolicyMapping');
  if (rest.length > 0) throw malformed(0, 'policyConstraints with unknown fields');
  return { requireExplicitPolicy, inhibitPolicyMapping };
}

export function readInhibitAnyPolicy(der: Uint8Array): number {
  return countOf(readDer(der), 'inhibitAnyPolicy');
}
