/**
 * Which public keys are accepted, for clients and for CAs alike: those with which TLS 1.3 lets a
 * client sign (RFC 8446 section 4.2.3), RSA within bounds. A key that no handshake could prove is of
 * no use in a client certificate, and a CA has no reason to be weaker than its clients.
 */

import { CertificateError } from '../errors.ts';
import { readDer } from './der/der.ts';
import type { DerNode } from './der/der.ts';
import {
  contentOf,
  expectUniversal,
  isUniversal,
  objectIdentifierOf,
  sequenceOf,
  wholeBitStringOf,
} from './der/der-value.ts';

export interface PublicKey {
  /** As `node:crypto` names them. */
  readonly type: 'rsa' | 'rsa-pss' | 'ec' | 'ed25519' | 'ed448';
  /** Such as `RSA 2048` or `P-256`. */
  readonly name: string;
  /** Microseconds that one signature check takes at most on a machine of 2024, for bounds on work. */
  readonly checkCost: number;
}

export interface KeyRules {
  /** Bits of the modulus. What signs certificates is held to 2048 to 8192 in any case. */
  readonly minRsaBits: number;
  readonly maxRsaBits: number;
}

/** In use are 3, 17 and 65537; the time of a check grows with the length. */
const maxExponentBits = 32;

interface Curve {
  readonly name: string;
  /** Octets of one coordinate. */
  readonly width: number;
  readonly checkCost: number;
}

const CURVES: ReadonlyMap<string, Curve> = new Map([
  ['1.2.840.10045.3.1.7', { name: 'P-256', width: 32, checkCost: 80 }],
  ['1.3.132.0.34', { name: 'P-384', width: 48, checkCost: 500 }],
  ['1.3.132.0.35', { name: 'P-521', width: 66, checkCost: 1_200 }],
]);

/**
 * The key of a SubjectPublicKeyInfo.
 *
 * @throws CertificateError `certificate_key_refused` naming what was seen.
 */
export function readPublicKey(der: Uint8Array, rules: KeyRules): PublicKey {
  const [algorithm, key] = sequenceOf(readDer(der), 'subjectPublicKeyInfo');
  const [identifier, parameters] = sequenceOf(algorithm, 'public key algorithm');
  const type = objectIdentifierOf(identifier, 'public key algorithm');
  const octets = wholeBitStringOf(key, 'public key');
  switch (type) {
    case '1.2.840.113549.1.1.1':
      // RFC 3279 section 2.3.1
      if (!isUniversal(parameters, 'null')) throw refused('RSA key without the NULL parameters');
      return rsaKey('rsa', octets, rules);
    case '1.2.840.113549.1.1.10':
      return rsaKey('rsa-pss', octets, rules);
    case '1.2.840.10045.2.1':
      return ecKey(parameters, octets);
    case '1.3.101.112':
      if (parameters !== undefined) throw refused('Ed25519 key with parameters');
      return { type: 'ed25519', name: 'Ed25519', checkCost: 120 };
    case '1.3.101.113':
      if (parameters !== undefined) throw refused('Ed448 key with parameters');
      return { type: 'ed448', name: 'Ed448', checkCost: 200 };
    default:
      throw refused(`key of algorithm ${type}`);
  }
}

function rsaKey(type: 'rsa' | 'rsa-pss', octets: Uint8Array, rules: KeyRules): PublicKey {
  const [modulusNode, exponentNode, ...others] = rsaFieldsOf(octets);
  const modulus = positiveOf(modulusNode, 'modulus');
  const exponent = positiveOf(exponentNode, 'exponent');
  if (others.length > 0) throw refused('RSA key with extra fields');
  const bits = bitLengthOf(modulus);
  if (bits < rules.minRsaBits || bits > rules.maxRsaBits) throw refused(`RSA key of ${bits} bits`);
  const exponentBits = bitLengthOf(exponent);
  const isOdd = ((exponent.at(-1) ?? 0) & 1) === 1;
  // With an exponent of one anybody can sign.
  if (exponentBits < 2 || !isOdd) throw refused('RSA key with an even exponent or one below 3');
  if (exponentBits > maxExponentBits) {
    throw refused(`RSA key with an exponent of ${exponentBits} bits`);
  }
  // Squarings by the length of the modulus, up to two multiplications for each bit of the exponent.
  const checkCost = 20 + Math.ceil(26 * (bits / 8192) ** 2 * exponentBits);
  return { type, name: `RSA ${bits}`, checkCost };
}

function rsaFieldsOf(octets: Uint8Array): readonly DerNode[] {
  try {
    return sequenceOf(readDer(octets), 'RSA key');
  } catch (error) {
    throw refused('unreadable RSA key', error);
  }
}

/** The octets of a positive INTEGER without its sign octet. */
function positiveOf(node: DerNode | undefined, what: string): Uint8Array {
  const octets = contentOf(expectUniversal(node, 'integer', what));
  if ((octets[0] ?? 0) >= 0x80) throw refused(`RSA key with a negative ${what}`);
  return octets[0] === 0 ? octets.subarray(1) : octets;
}

function bitLengthOf(octets: Uint8Array): number {
  const [first] = octets;
  return first === undefined ? 0 : octets.length * 8 - (Math.clz32(first) - 24);
}

function ecKey(parameters: DerNode | undefined, point: Uint8Array): PublicKey {
  // RFC 5480 section 2.1.1: parameters written out may describe any curve, weak ones as well.
  if (!isUniversal(parameters, 'objectIdentifier')) throw refused('EC key without a named curve');
  const type = objectIdentifierOf(parameters, 'curve');
  const curve = CURVES.get(type);
  if (curve === undefined) throw refused(`EC key on curve ${type}`);
  // Compressed points need a square root, which has hung libraries (CVE-2022-0778).
  if (point[0] !== 0x04 || point.length !== 1 + 2 * curve.width) {
    throw refused(`${curve.name} key that is not an uncompressed point`);
  }
  return { type: 'ec', name: curve.name, checkCost: curve.checkCost };
}

function refused(detail: string, cause?: unknown): CertificateError {
  return new CertificateError('certificate_key_refused', detail, cause);
}
