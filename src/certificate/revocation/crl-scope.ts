/** Which certificates a CRL speaks of (RFC 5280 section 5.2.5 and 6.3.3 (b)). */

import { TrustDataError } from '../../errors.ts';
import { readBasicConstraints } from '../basic-constraints.ts';
import type { ClientCertificate } from '../client-certificate.ts';
import { malformed, readDer } from '../der/der.ts';
import type { DerNode } from '../der/der.ts';
import { contentOf, hexOf, isContext, sequenceOf } from '../der/der-value.ts';
import type { DistinguishedName } from '../name/distinguished-name.ts';
import { comparableName } from '../name/distinguished-name-key.ts';
import {
  allReasons,
  readDistributionPoints,
  readPointName,
  readReasonFlags,
} from './distribution-point.ts';
import type { ReasonMask } from './distribution-point.ts';

export interface CrlScope {
  /** Equal for lists that stand for the same part of a CA's revocations. */
  readonly key: string;
  /** Texts as `readPointName` gives them; undefined where the list is of no distribution point. */
  readonly pointNames: readonly string[] | undefined;
  readonly only: 'user_certificates' | 'ca_certificates' | 'attribute_certificates' | undefined;
  readonly reasons: ReasonMask;
}

/** A list without an issuingDistributionPoint: all certificates, all reasons. */
export const completeScope: CrlScope = Object.freeze({
  key: '',
  pointNames: undefined,
  only: undefined,
  reasons: allReasons,
});

/**
 * The value of an issuingDistributionPoint extension.
 *
 * @throws TrustDataError `crl_unsupported` for an indirect CRL; CertificateError `certificate_malformed`.
 */
export function readCrlScope(der: Uint8Array, issuer: DistinguishedName): CrlScope {
  const node = readDer(der);
  const rest = [...sequenceOf(node, 'issuingDistributionPoint')];
  const take = (tag: number): DerNode | undefined =>
    isContext(rest[0], tag) ? rest.shift() : undefined;
  const takeFlag = (tag: number): boolean => {
    const field = take(tag);
    return field !== undefined && implicitBooleanOf(field);
  };
  const name = take(0);
  const onlyUsers = takeFlag(1);
  const onlyCas = takeFlag(2);
  const reasons = take(3);
  const isIndirect = takeFlag(4);
  const onlyAttributes = takeFlag(5);
  if (rest[0] !== undefined) {
    throw malformed(rest[0].start, 'issuingDistributionPoint with extra fields');
  }
  if (isIndirect) {
    throw new TrustDataError('crl_unsupported', 'an indirect CRL: it speaks for several CAs');
  }
  const kinds = [
    onlyUsers && 'user_certificates',
    onlyCas && 'ca_certificates',
    onlyAttributes && 'attribute_certificates',
  ].filter((kind) => kind !== false);
  if (kinds.length > 1) throw malformed(node.start, 'issuingDistributionPoint contradicts itself');
  return {
    key: hexOf(der),
    pointNames: name && readPointName(name, issuer),
    only: kinds[0] as CrlScope['only'],
    reasons: reasons === undefined ? allReasons : readReasonFlags(reasons),
  };
}

/** What decides which lists speak of a certificate. */
export interface ScopeQuestion {
  readonly isCa: boolean;
  /** Distribution points whose list the issuer itself signs, and the one that every certificate has. */
  readonly points: readonly {
    readonly names: readonly string[] | undefined;
    readonly reasons: ReasonMask;
  }[];
}

/** @throws CertificateError `certificate_malformed` where an extension can't be read. */
export function scopeQuestionOf(certificate: ClientCertificate): ScopeQuestion {
  const basic = certificate.extensions.find(({ type }) => type === '2.5.29.19');
  const ownPoints = readDistributionPoints(certificate).filter(
    ({ crlIssuer }) => crlIssuer === undefined,
  );
  // RFC 5280 section 6.3.3: lists at hand are of the point with the issuer's own name.
  const implied = {
    names: [`directory ${comparableName(certificate.issuer)}`],
    reasons: allReasons,
  };
  return {
    isCa: basic !== undefined && readBasicConstraints(basic.value).isCa,
    points: [...ownPoints, implied],
  };
}

/** The reasons for which a list can tell whether the certificate is revoked; none: 0. */
export function coveredReasons(scope: CrlScope, { isCa, points }: ScopeQuestion): ReasonMask {
  if (scope.only === 'attribute_certificates') return 0;
  if (scope.only === (isCa ? 'user_certificates' : 'ca_certificates')) return 0;
  const { pointNames } = scope;
  let covered = 0;
  for (const { names, reasons } of points) {
    const isSame =
      pointNames === undefined || names?.some((name) => pointNames.includes(name)) === true;
    if (isSame) covered |= reasons & scope.reasons;
  }
  return covered;
}

/** A BOOLEAN behind an implicit tag; an explicit FALSE is taken as in other extensions. */
function implicitBooleanOf(node: DerNode): boolean {
  const [octet, ...others] = contentOf(node);
  if (node.constructed || others.length > 0 || (octet !== 0x00 && octet !== 0xff)) {
    throw malformed(node.start, 'flag is neither 00 nor FF');
  }
  return octet === 0xff;
}
