/** Whether a certificate is a CA, and how long paths below it may be (RFC 5280 section 4.2.1.9). */

import { malformed, readDer } from './der/der.ts';
import { countOf } from './der/der-count.ts';
import { booleanOf, isUniversal, sequenceOf } from './der/der-value.ts';

export interface BasicConstraints {
  readonly isCa: boolean;
  /** How many intermediate certificates may follow; undefined for any number. */
  readonly pathLength: number | undefined;
}

/** @throws CertificateError `certificate_malformed`. */
export function readBasicConstraints(der: Uint8Array): BasicConstraints {
  const rest = [...sequenceOf(readDer(der), 'basicConstraints')];
  // An explicit FALSE breaks X.690 section 11.5, yet issuers in use write it.
  const isCa = isUniversal(rest[0], 'boolean') && booleanOf(rest.shift(), 'cA');
  const pathLength = rest.length > 0 ? countOf(rest.shift(), 'pathLenConstraint') : undefined;
  if (rest.length > 0) throw malformed(0, 'basicConstraints with extra fields');
  if (pathLength !== undefined && !isCa) throw malformed(0, 'pathLenConstraint without cA');
  return { isCa, pathLength };
}
