/** Thumbprints of certificates and pins of keys, in the notation of RFC 8705 and in others in use. */

import { hash } from 'node:crypto';

export interface ThumbprintNotations {
  /** `x5t#S256`: base64url SHA-256, 43 characters (RFC 8705 section 3.1). */
  readonly rfc: string;
  /** SHA-256 in lower-case hex. */
  readonly hex: string;
  /** SHA-256 in upper-case hex with colons, as openssl prints it. */
  readonly colonHex: string;
  /** `x5t`: base64url SHA-1 (RFC 7515 section 4.1.7). */
  readonly sha1X5t: string;
  /** Base64url of the hex text of SHA-256, as WSO2 Identity Server compares certificates. */
  readonly wso2Hexified: string;
}

export interface Thumbprint {
  readonly algorithm: 'sha256' | 'sha1';
  /** `x5t#S256` or `x5t`: base64url of the digest. */
  readonly value: string;
}

const SHA256_BYTES = 32;
const SHA1_BYTES = 20;

/** The `x5t#S256` value of a certificate: base64url SHA-256 of its DER (RFC 8705 section 3.1). */
export function thumbprintOf(der: Uint8Array): string {
  return hash('sha256', der, 'base64url');
}

/** The `x5t` value of a certificate, SHA-1. Says nothing of who made it: compare `thumbprintOf`. */
export function sha1ThumbprintOf(der: Uint8Array): string {
  return hash('sha1', der, 'base64url');
}

/** The thumbprint of a certificate in every notation; only `rfc` is ever compared. */
export function allNotations(der: Uint8Array): ThumbprintNotations {
  const hex = hash('sha256', der, 'hex');
  return {
    rfc: thumbprintOf(der),
    hex,
    colonHex: hex.toUpperCase().replace(/..(?!$)/g, '$&:'),
    sha1X5t: sha1ThumbprintOf(der),
    wso2Hexified: Buffer.from(hex, 'latin1').toString('base64url'),
  };
}

/** The pin of a public key: base64url SHA-256 of its SubjectPublicKeyInfo, 43 characters. */
export function publicKeyPinOf(publicKey: Uint8Array): string {
  return hash('sha256', publicKey, 'base64url');
}

/**
 * Reads any notation of `allNotations`, and SHA-1 in hex; hex with colons or without, in any letter
 * case. Their lengths differ, so that each text has one reading. Undefined for anything else. Whether
 * SHA-1 is good enough is up to the caller.
 */
export function parseThumbprint(text: string): Thumbprint | undefined {
  const sha256 =
    hexOctets(text, SHA256_BYTES) ??
    base64Octets(text, SHA256_BYTES, 'base64url') ??
    hexifiedOctets(text);
  if (sha256 !== undefined) return { algorithm: 'sha256', value: sha256.toString('base64url') };
  const sha1 = hexOctets(text, SHA1_BYTES) ?? base64Octets(text, SHA1_BYTES, 'base64url');
  return sha1 && { algorithm: 'sha1', value: sha1.toString('base64url') };
}

/**
 * Reads the SHA-256 of a SubjectPublicKeyInfo in hex, base64 or base64url, with `sha256/` or
 * `sha256//` in front or without. Returns it in base64url, as `publicKeyPinOf` does, or undefined.
 */
export function parsePublicKeyPin(text: string): string | undefined {
  const digest =
    hexOctets(text, SHA256_BYTES) ??
    base64Octets(text, SHA256_BYTES, 'base64url') ??
    // 44 characters of base64 may begin with a slash of their own.
    base64Octets(text.replace(/^sha256\/{1,2}(?=.{44}$)/, ''), SHA256_BYTES, 'base64');
  return digest?.toString('base64url');
}

function hexOctets(text: string, length: number): Buffer | undefined {
  const isColonHex = text.length === length * 3 - 1 && /^[0-9a-f]{2}(?::[0-9a-f]{2})+$/i.test(text);
  const hex = isColonHex ? text.replaceAll(':', '') : text;
  return hex.length === length * 2 && /^[0-9a-f]+$/i.test(hex)
    ? Buffer.from(hex, 'hex')
    : undefined;
}

/** Canonical only: what the decoder drops or rounds makes a difference here. */
function base64Octets(
  text: string,
  length: number,
  encoding: 'base64' | 'base64url',
): Buffer | undefined {
  if (text.length > length * 2) return undefined;
  const octets = Buffer.from(text, encoding);
  return octets.length === length && octets.toString(encoding) === text ? octets : undefined;
}

/** Base64url of lower-case hex text. */
function hexifiedOctets(text: string): Buffer | undefined {
  const octets = base64Octets(text, SHA256_BYTES * 2, 'base64url');
  const hex = octets?.toString('latin1') ?? '';
  return /^[0-9a-f]{64}$/.test(hex) ? Buffer.from(hex, 'hex') : undefined;
}
