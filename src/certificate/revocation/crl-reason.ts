/** Why a certificate was revoked (RFC 5280 section 5.3.1). */

import { malformed } from '../der/der.ts';
import type { DerNode } from '../der/der.ts';
import { contentOf, expectUniversal } from '../der/der-value.ts';

/** CRLReason by number; there is no 7. */
const REASONS = [
  'unspecified',
  'keyCompromise',
  'cACompromise',
  'affiliationChanged',
  'superseded',
  'cessationOfOperation',
  'certificateHold',
  undefined,
  'removeFromCRL',
  'privilegeWithdrawn',
  'aACompromise',
] as const;
export type RevocationReason = Exclude<(typeof REASONS)[number], undefined>;

/** @throws CertificateError `certificate_malformed` for a number that has no meaning. */
export function readReason(node: DerNode): RevocationReason {
  const [code, ...others] = contentOf(expectUniversal(node, 'enumerated', 'reason'));
  const reason = code === undefined || others.length > 0 ? undefined : REASONS[code];
  if (reason === undefined) throw malformed(node.start, 'reason that does not exist');
  return reason;
}
