/** One public key of a client's key set, with the certificate that may come with it (RFC 7517). */

import { createPublicKey } from 'node:crypto';

import { CertificateError, KeySetError } from '../../errors.ts';
import { decodeBase64 } from '../base64.ts';
import { parseCertificate } from '../parse.ts';
import { parseThumbprint, thumbprintOf } from '../thumbprint.ts';

export interface RegisteredKey {
  readonly keyId: string | undefined;
  /** DER of the SubjectPublicKeyInfo. */
  readonly publicKey: Uint8Array;
  /** DER of `x5c`, the certificate of this key first; empty where there is none. */
  readonly certificates: readonly Uint8Array[];
  /** `x5t#S256` of the one certificate registered with this key: of `x5c`, or as the key states it. */
  readonly thumbprint: string | undefined;
  /** The same from an `x5t` that WSO2 Identity Server would compare: base64url of SHA-256 in hex. */
  readonly wso2Thumbprint: string | undefined;
}

type Members = Readonly<Record<string, unknown>>;

/** RFC 7518 sections 6.2.2, 6.3.2 and 6.4.1, and the private part of ML-DSA keys. */
const PRIVATE_MEMBERS = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k', 'priv'];

/** The members of each type of key that a client certificate can have (RFC 7518 section 6, RFC 8037). */
const PUBLIC_MEMBERS: ReadonlyMap<unknown, readonly string[]> = new Map([
  ['RSA', ['n', 'e']],
  ['EC', ['crv', 'x', 'y']],
  ['OKP', ['crv', 'x']],
]);
const CURVES: ReadonlySet<unknown> = new Set(['P-256', 'P-384', 'P-521', 'Ed25519', 'Ed448']);

/** Four times the text of the longest RSA modulus in use. */
const maxMemberLength = 8_192;
const maxChainLength = 10;

/**
 * Reads one key. Undefined for a key that no client certificate has: of another type or curve, or
 * for encryption (RFC 7517 section 5 wants those passed over).
 *
 * @throws KeySetError when the key is damaged, private, or not that of its own certificate.
 */
export function readJwk(value: unknown): RegisteredKey | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new KeySetError('is not an object');
  }
  const members = value as Members;
  const secret = PRIVATE_MEMBERS.find((name) => Object.hasOwn(members, name));
  if (secret !== undefined)
    throw new KeySetError(`has "${secret}", which belongs to a private key`);
  const names = PUBLIC_MEMBERS.get(textOf(members, 'kty'));
  if (textOf(members, 'kty') === undefined) throw new KeySetError('has no "kty"');
  if (names === undefined || textOf(members, 'use') === 'enc') return undefined;
  if (names.includes('crv') && !CURVES.has(textOf(members, 'crv'))) return undefined;

  const publicKey = publicKeyOf(members, names);
  const certificates = chainOf(members, publicKey);
  return Object.freeze({
    keyId: textOf(members, 'kid'),
    publicKey,
    certificates,
    thumbprint: statedThumbprint(members, certificates),
    wso2Thumbprint: wso2ThumbprintOf(members),
  });
}

function publicKeyOf(members: Members, names: readonly string[]): Uint8Array {
  const jwk: Record<string, string> = { kty: textOf(members, 'kty') ?? '' };
  for (const name of names) {
    const text = textOf(members, name) ?? '';
    if (!/^[A-Za-z0-9_-]+$/.test(text)) throw new KeySetError(`has no "${name}" in base64url`);
    jwk[name] = text;
  }
  try {
    const key = createPublicKey({ key: jwk, format: 'jwk' });
    return new Uint8Array(key.export({ type: 'spki', format: 'der' }));
  } catch (error) {
    throw new KeySetError('is no valid public key', error);
  }
}

/** RFC 7517 section 4.7: standard base64, and the key of the first certificate is this key. */
function chainOf(members: Members, publicKey: Uint8Array): readonly Uint8Array[] {
  const chain = members['x5c'];
  if (chain === undefined) return [];
  if (!Array.isArray(chain) || chain.length === 0) {
    throw new KeySetError('has an "x5c" that is not a list of certificates');
  }
  if (chain.length > maxChainLength) {
    throw new KeySetError(`has an "x5c" of more than ${maxChainLength} certificates`);
  }
  const certificates = chain.map(readCertificate);
  const [first] = certificates;
  if (first === undefined || Buffer.compare(first.publicKey, publicKey) !== 0) {
    throw new KeySetError('has an "x5c" whose first certificate is of another key');
  }
  return certificates.map(({ der }) => der);
}

function readCertificate(entry: unknown, index: number) {
  if (typeof entry !== 'string') throw new KeySetError(`has an "x5c" whose [${index}] is no text`);
  try {
    return parseCertificate(decodeBase64(entry));
  } catch (error) {
    if (!(error instanceof CertificateError)) throw error;
    throw new KeySetError(`has an "x5c" whose [${index}] is refused: ${error.message}`, error);
  }
}

/** RFC 7517 section 4.9; no other notation is taken, as it would not be that of RFC 8705. */
function statedThumbprint(members: Members, [first]: readonly Uint8Array[]): string | undefined {
  const stated = textOf(members, 'x5t#S256');
  const thumbprint = first && thumbprintOf(first);
  if (stated === undefined) return thumbprint;
  const parsed = parseThumbprint(stated);
  if (parsed?.algorithm !== 'sha256' || parsed.value !== stated) {
    throw new KeySetError('has an "x5t#S256" that is not 43 characters of base64url');
  }
  if (thumbprint === undefined || thumbprint === stated) return stated;
  throw new KeySetError('has an "x5t#S256" that is not that of its "x5c"');
}

function wso2ThumbprintOf(members: Members): string | undefined {
  const text = textOf(members, 'x5t') ?? '';
  const parsed = parseThumbprint(text);
  // Hex and the form of RFC 8705 are of other lengths, and not what that server compares.
  return text.length === 86 && parsed?.algorithm === 'sha256' ? parsed.value : undefined;
}

function textOf(members: Members, name: string): string | undefined {
  const value = Object.hasOwn(members, name) ? members[name] : undefined;
  if (value === undefined) return undefined;
  if (typeof value !== 'string') throw new KeySetError(`has a "${name}" that is no text`);
  if (value.length > maxMemberLength) throw new KeySetError(`has a "${name}" that is too long`);
  return value;
}
