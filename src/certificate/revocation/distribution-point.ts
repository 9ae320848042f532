/** Distribution points: parts of a CA's revocations that lists are cut into (RFC 5280 4.2.1.13, 5.2.5). */

import type { ClientCertificate } from '../client-certificate.ts';
import { expectBitString, malformed, readDer } from '../der/der.ts';
import type { DerNode } from '../der/der.ts';
import {
  contentOf,
  encodingOf,
  explicitValueOf,
  expectUniversal,
  hexOf,
  isContext,
  objectIdentifierOf,
  sequenceOf,
} from '../der/der-value.ts';
import { comparableName } from '../name/distinguished-name-key.ts';
import { readAttributeValue } from '../name/attribute-value.ts';
import type { DistinguishedName, RelativeDistinguishedName } from '../name/distinguished-name.ts';
import { readGeneralName } from '../name/general-name.ts';

/** One bit a reason, as ReasonFlags numbers them. */
export type ReasonMask = number;

/** Every reason but the bit that means nothing. */
export const allReasons: ReasonMask = 0b1_1111_1110;

/** A distribution point of a certificate, or all of a CA where `names` is undefined. */
export interface DistributionPoint {
  /** Texts that are equal for equal names; undefined where the point has no name. */
  readonly names: readonly string[] | undefined;
  readonly reasons: ReasonMask;
  /** Names of another CA that lists these revocations; undefined where it is the issuer itself. */
  readonly crlIssuer: readonly string[] | undefined;
  /** Addresses among the names, as they stand there. */
  readonly urls: readonly string[];
}

export const crlDistributionPoints = '2.5.29.31';

/**
 * The distribution points that a certificate names; empty where it names none.
 *
 * @throws CertificateError `certificate_malformed`.
 */
export function readDistributionPoints(
  certificate: ClientCertificate,
): readonly DistributionPoint[] {
  const extension = certificate.extensions.find(({ type }) => type === crlDistributionPoints);
  if (extension === undefined) return [];
  const points = sequenceOf(readDer(extension.value), 'cRLDistributionPoints');
  if (points.length === 0) throw malformed(0, 'cRLDistributionPoints is empty');
  return points.map((point) => readPoint(point, certificate.issuer));
}

function readPoint(node: DerNode, issuer: DistinguishedName): DistributionPoint {
  const rest = [...sequenceOf(node, 'distribution point')];
  const name = isContext(rest[0], 0) ? rest.shift() : undefined;
  const reasons = isContext(rest[0], 1) ? rest.shift() : undefined;
  const other = isContext(rest[0], 2) ? rest.shift() : undefined;
  if (rest.length > 0) throw malformed(node.start, 'distribution point with extra fields');
  if (name === undefined && other === undefined) {
    throw malformed(node.start, 'distribution point with neither name nor issuer');
  }
  const crlIssuer = other && generalNamesOf(other);
  return {
    names: name && readPointName(name, issuer),
    urls: name === undefined ? [] : urlsOf(name),
    reasons: reasons === undefined ? allReasons : readReasonFlags(reasons),
    // Naming the issuer itself is the same as naming nobody.
    crlIssuer: crlIssuer?.includes(comparableDirectory(issuer)) === true ? undefined : crlIssuer,
  };
}

/**
 * The names of a DistributionPointName behind its explicit tag, as texts that are equal for equal
 * names. A relative one is completed by the issuer's name.
 *
 * @throws CertificateError `certificate_malformed`, as all functions here.
 */
export function readPointName(field: DerNode, issuer: DistinguishedName): readonly string[] {
  const node = explicitValueOf(field, 'distribution point name');
  if (isContext(node, 0)) return generalNamesOf(node);
  const { start } = node;
  if (!isContext(node, 1)) throw malformed(start, 'distribution point name of unknown form');
  return [comparableDirectory([...issuer, readImplicitRdn(node)])];
}

/** ReasonFlags behind an implicit tag. */
export function readReasonFlags(node: DerNode): ReasonMask {
  if (node.constructed) throw malformed(node.start, 'reason flags in the wrong form');
  expectBitString(node.source, node.contentStart, node.end);
  const [, first = 0, second = 0] = contentOf(node);
  let mask = 0;
  for (let bit = 0; bit <= 8; bit += 1) {
    const octet = bit < 8 ? first : second;
    if ((octet & (0x80 >> (bit & 7))) !== 0) mask |= 1 << bit;
  }
  return mask & allReasons;
}

function generalNamesOf(node: DerNode): readonly string[] {
  if (node.children.length === 0) throw malformed(node.start, 'empty list of names');
  return node.children.map((child) => {
    const name = readGeneralName(child, 'distribution point');
    return name.form === 'directory' ? comparableDirectory(name.name) : hexOf(encodingOf(child));
  });
}

function urlsOf(field: DerNode): readonly string[] {
  const node = explicitValueOf(field, 'distribution point name');
  if (!isContext(node, 0)) return [];
  return node.children.flatMap((child) => {
    const name = readGeneralName(child, 'distribution point');
    return name.form === 'uri' ? [name.value] : [];
  });
}

function comparableDirectory(name: DistinguishedName): string {
  return `directory ${comparableName(name)}`;
}

/** A RelativeDistinguishedName whose SET tag is hidden by an implicit one. */
function readImplicitRdn(node: DerNode): RelativeDistinguishedName {
  if (node.children.length === 0) throw malformed(node.start, 'empty relative name');
  return node.children.map((attribute) => {
    const [type, value] = expectUniversal(attribute, 'sequence', 'relative name').children;
    if (value === undefined) throw malformed(attribute.start, 'relative name without a value');
    return { type: objectIdentifierOf(type, 'relative name'), ...readAttributeValue(value) };
  });
}
