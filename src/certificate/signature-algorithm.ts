/** The table of signature algorithms: what is not in it is refused, and SHA-1 and MD5 are not. */

import { constants } from 'node:crypto';

import { CertificateError } from '../errors.ts';
import { countOf } from './der/der-count.ts';
import { malformed } from './der/der.ts';
import type { DerNode } from './der/der.ts';
import {
  explicitValueOf,
  isContext,
  isUniversal,
  objectIdentifierOf,
  sequenceOf,
} from './der/der-value.ts';

/** As `node:crypto` names them. */
export type KeyType = 'rsa' | 'rsa-pss' | 'ec' | 'ed25519' | 'ed448';

export interface SignatureAlgorithm {
  readonly name: string;
  readonly keyTypes: readonly KeyType[];
  /** Null where the algorithm has its digest built in. */
  readonly digest: 'sha256' | 'sha384' | 'sha512' | null;
  readonly padding?: { readonly padding: number; readonly saltLength: number };
}

type Parameters = 'absent' | 'null_or_absent';

interface Row extends SignatureAlgorithm {
  readonly parameters: Parameters;
}

function rsa(digest: 'sha256' | 'sha384' | 'sha512'): Row {
  // RFC 4055 section 5: NULL is written, absent must be accepted.
  return { name: `RSA with ${digest}`, keyTypes: ['rsa'], digest, parameters: 'null_or_absent' };
}

function ecdsa(digest: 'sha256' | 'sha384' | 'sha512'): Row {
  return { name: `ECDSA with ${digest}`, keyTypes: ['ec'], digest, parameters: 'absent' };
}

function edwards(keyType: 'ed25519' | 'ed448'): Row {
  return { name: keyType, keyTypes: [keyType], digest: null, parameters: 'absent' };
}

const ALGORITHMS: ReadonlyMap<string, Row> = new Map([
  ['1.2.840.113549.1.1.11', rsa('sha256')],
  ['1.2.840.113549.1.1.12', rsa('sha384')],
  ['1.2.840.113549.1.1.13', rsa('sha512')],
  ['1.2.840.10045.4.3.2', ecdsa('sha256')],
  ['1.2.840.10045.4.3.3', ecdsa('sha384')],
  ['1.2.840.10045.4.3.4', ecdsa('sha512')],
  ['1.3.101.112', edwards('ed25519')],
  ['1.3.101.113', edwards('ed448')],
]);

const rsaPss = '1.2.840.113549.1.1.10';
/** That of the largest key accepted. */
const maxSaltLength = 1024;
const mgf1 = '1.2.840.113549.1.1.8';
const PSS_DIGESTS: ReadonlyMap<string, readonly ['sha256' | 'sha384' | 'sha512', number]> = new Map(
  [
    ['2.16.840.1.101.3.4.2.1', ['sha256', 32]],
    ['2.16.840.1.101.3.4.2.2', ['sha384', 48]],
    ['2.16.840.1.101.3.4.2.3', ['sha512', 64]],
  ],
);

/**
 * The algorithm that an AlgorithmIdentifier names.
 *
 * @throws CertificateError `certificate_malformed` for all that the table does not hold.
 */
export function readSignatureAlgorithm(node: DerNode): SignatureAlgorithm {
  const [identifier, parameters, ...others] = sequenceOf(node, 'signature algorithm');
  if (others.length > 0) throw malformed(node.start, 'signature algorithm with extra fields');
  const type = objectIdentifierOf(identifier, 'signature algorithm');
  if (type === rsaPss) return readPss(parameters);
  const row = ALGORITHMS.get(type);
  if (row === undefined) throw refused(`signature algorithm ${type} is not accepted`);
  const isNull = isUniversal(parameters, 'null') && row.parameters === 'null_or_absent';
  if (parameters !== undefined && !isNull) throw refused(`${row.name} with parameters`);
  return row;
}

/**
 * RSASSA-PSS-params (RFC 4055 section 3.1): one digest for the message and for the mask, and a salt at
 * least as long; OpenSSL fills the key with it. The defaults are SHA-1 and so are never accepted.
 */
function readPss(parameters: DerNode | undefined): SignatureAlgorithm {
  const rest = [...sequenceOf(parameters, 'RSA-PSS parameters')];
  const field = (tag: number, what: string): DerNode => {
    const node = rest.shift();
    if (!isContext(node, tag)) throw refused(`RSA-PSS without its own ${what}`);
    return explicitValueOf(node, what);
  };
  const messageDigest = digestOf(field(0, 'digest'));
  const [maskGenerator, maskDigest] = sequenceOf(field(1, 'mask generation'), 'mask generation');
  const saltLength = countOf(field(2, 'salt length'), 'salt length');
  const [digest, length] = PSS_DIGESTS.get(messageDigest) ?? [];
  const isUniform =
    objectIdentifierOf(maskGenerator, 'mask generation') === mgf1 &&
    maskDigest !== undefined &&
    digestOf(maskDigest) === messageDigest;
  if (digest === undefined || length === undefined || !isUniform) {
    throw refused(`RSA-PSS with digest ${messageDigest} or another one for its mask`);
  }
  // The trailer field has one value, which is its default and so never written.
  if (saltLength < length || saltLength > maxSaltLength || rest.length > 0) {
    throw refused(`RSA-PSS with a salt of ${saltLength} octets or a trailer`);
  }
  return {
    name: `RSA-PSS with ${digest}`,
    keyTypes: ['rsa', 'rsa-pss'],
    digest,
    padding: { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength },
  };
}

function digestOf(node: DerNode): string {
  const [identifier, parameters, ...others] = sequenceOf(node, 'digest');
  const isPlain = parameters === undefined || isUniversal(parameters, 'null');
  if (!isPlain || others.length > 0) throw refused('digest with parameters');
  return objectIdentifierOf(identifier, 'digest');
}

function refused(detail: string): CertificateError {
  return new CertificateError('certificate_malformed', detail);
}
