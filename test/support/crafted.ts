/**
 * Certificates with any field as the test wants it, right or wrong, signed all the same. Written by
 * hand, since libraries refuse to write most of what a validator must refuse to read.
 */

import { constants, generateKeyPairSync, sign } from 'node:crypto';
import type { KeyObject } from 'node:crypto';

import {
  encodeDistinguishedName,
  parseDistinguishedName,
} from '../../src/certificate/name/distinguished-name.ts';
import type { DistinguishedName } from '../../src/certificate/name/distinguished-name.ts';
import { writeDer, writeObjectIdentifier } from '../../src/certificate/der/der-writer.ts';
import {
  authorityKeyIdentifier,
  basicConstraints,
  extendedKeyUsage,
  keyUsage,
  subjectKeyIdentifier,
} from '../../src/certificate/mint/mint-extension.ts';
import type { MintExtension } from '../../src/certificate/mint/mint-extension.ts';
import type { ClientCertificate } from '../../src/certificate/client-certificate.ts';
import { parseCertificate } from '../../src/certificate/parse.ts';
import { writePem } from '../../src/certificate/pem.ts';

export interface Keys {
  readonly publicKey: KeyObject;
  readonly privateKey: KeyObject;
}

export type CraftedKeyType =
  | 'P-256'
  | 'P-384'
  | 'P-521'
  | 'secp256k1'
  | 'ed25519'
  | 'ed448'
  | number;

/** A key pair; a number is the bits of RSA. */
export function craftKeys(type: CraftedKeyType = 'P-256'): Keys {
  if (typeof type === 'number') return generateKeyPairSync('rsa', { modulusLength: type });
  if (type === 'ed25519') return generateKeyPairSync('ed25519');
  if (type === 'ed448') return generateKeyPairSync('ed448');
  return generateKeyPairSync('ec', { namedCurve: type });
}

const NULL = writeDer(0x05);

interface Algorithm {
  readonly type: string;
  readonly parameters?: Uint8Array;
  readonly digest: string | null;
  readonly padding?: object;
}

const sha256 = writeDer(0x30, writeObjectIdentifier('2.16.840.1.101.3.4.2.1'), NULL);

/** Salts of fewer octets than the digest, and as many as the key has room for, both verify. */
const pss = (saltLength: number): Algorithm => ({
  type: '1.2.840.113549.1.1.10',
  parameters: writeDer(
    0x30,
    writeDer(0xa0, sha256),
    writeDer(0xa1, writeDer(0x30, writeObjectIdentifier('1.2.840.113549.1.1.8'), sha256)),
    writeDer(0xa2, writeDer(0x02, Buffer.from([0, saltLength].slice(saltLength < 0x80 ? 1 : 0)))),
  ),
  digest: 'sha256',
  padding: { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength },
});

const rsa = (arc: number, digest: string): Algorithm => ({
  type: `1.2.840.113549.1.1.${arc}`,
  parameters: NULL,
  digest,
});
const ecdsa = (arcs: string, digest: string): Algorithm => ({
  type: `1.2.840.10045.4.${arcs}`,
  digest,
});

/** Algorithms by which tests sign. `X without parameters` and the like are spellings of X. */
export const ALGORITHMS = {
  'rsa-md5': rsa(4, 'md5'),
  'rsa-sha1': rsa(5, 'sha1'),
  'rsa-sha224': rsa(14, 'sha224'),
  'rsa-sha256': rsa(11, 'sha256'),
  'rsa-sha384': rsa(12, 'sha384'),
  'rsa-sha512': rsa(13, 'sha512'),
  'rsa-sha256 without parameters': { type: '1.2.840.113549.1.1.11', digest: 'sha256' },
  'rsa-sha256 with a number': {
    ...rsa(11, 'sha256'),
    parameters: writeDer(0x02, Uint8Array.of(1)),
  },
  'rsa-pss': pss(32),
  'rsa-pss with a long salt': pss(222),
  'rsa-pss with a short salt': pss(31),
  'rsa-pss with defaults': {
    ...pss(20),
    parameters: writeDer(0x30),
    digest: 'sha1',
  },
  'ecdsa-sha1': ecdsa('1', 'sha1'),
  'ecdsa-sha224': ecdsa('3.1', 'sha224'),
  'ecdsa-sha256': ecdsa('3.2', 'sha256'),
  'ecdsa-sha384': ecdsa('3.3', 'sha384'),
  'ecdsa-sha512': ecdsa('3.4', 'sha512'),
  'ecdsa-sha256 with NULL': { ...ecdsa('3.2', 'sha256'), parameters: NULL },
  ed25519: { type: '1.3.101.112', digest: null },
  'ed25519 with NULL': { type: '1.3.101.112', parameters: NULL, digest: null },
  ed448: { type: '1.3.101.113', digest: null },
} as const satisfies Record<string, Algorithm>;
export type AlgorithmName = keyof typeof ALGORITHMS;

export interface CraftOptions {
  /** RFC 4514 text, or structure where string types matter. */
  readonly subject?: string | DistinguishedName;
  /** Instead of the issuer's subject. */
  readonly issuer?: string | DistinguishedName;
  readonly keys?: Keys;
  /** SubjectPublicKeyInfo instead of that of `keys`. */
  readonly publicKey?: Uint8Array;
  readonly version?: 1 | 2 | 3;
  /** Content octets in hex. */
  readonly serialNumber?: string;
  readonly uniqueIdentifiers?: boolean;
  /** Milliseconds since the epoch. */
  readonly notBefore?: number;
  readonly notAfter?: number;
  /** GeneralizedTime where UTCTime is due. */
  readonly generalizedTime?: boolean;
  readonly algorithm?: AlgorithmName;
  /** The signature is then another's. */
  readonly forged?: boolean;
  readonly ca?: boolean;
  readonly pathLength?: number;
  /** By name; the defaults are `ski`, `aki`, `bc`, `ku` and, without `ca`, `eku`. Null leaves one out. */
  readonly extensions?: Readonly<Record<string, MintExtension | null>>;
}

export interface Crafted {
  readonly der: Uint8Array;
  readonly pem: string;
  /** Parsed on demand: some can't be. */
  readonly certificate: () => ClientCertificate;
  readonly keys: Keys;
  readonly issue: (options?: CraftOptions) => Crafted;
}

const HOUR_MS = 3_600_000;

/** Signed by itself; a CA unless the options say otherwise. */
export function craftRoot(options: CraftOptions = {}): Crafted {
  const keys = options.keys ?? craftKeys();
  const subject = nameOf(options.subject ?? 'CN=root,O=Test');
  return craft({ ca: true, ...options, subject, keys }, { name: subject, keys });
}

interface Issuer {
  readonly name: DistinguishedName;
  readonly keys: Keys;
}

function craft(options: CraftOptions, issuer: Issuer): Crafted {
  const keys = options.keys ?? craftKeys();
  const subject = nameOf(options.subject ?? 'CN=client,O=Test');
  const der = encode({ ...options, subject, keys }, issuer);
  return {
    der,
    pem: writePem(der),
    certificate: () => parseCertificate(der),
    keys,
    issue: (below = {}) => craft(below, { name: subject, keys }),
  };
}

let serial = 0x4000_0000;

function encode(options: CraftOptions & { readonly keys: Keys }, issuer: Issuer): Uint8Array {
  const { keys, version = 3, subject = '', forged = false } = options;
  const now = Date.now();
  serial += 1;
  const algorithm: Algorithm = ALGORITHMS[options.algorithm ?? defaultAlgorithmOf(issuer.keys)];
  const identifier = writeDer(
    0x30,
    writeObjectIdentifier(algorithm.type),
    ...(algorithm.parameters ? [algorithm.parameters] : []),
  );
  const isGeneralized = options.generalizedTime === true;
  const tbs = writeDer(
    0x30,
    ...(version > 1 ? [writeDer(0xa0, writeDer(0x02, Uint8Array.of(version - 1)))] : []),
    writeDer(0x02, Buffer.from(options.serialNumber ?? serial.toString(16), 'hex')),
    identifier,
    encodeDistinguishedName(nameOf(options.issuer ?? issuer.name)),
    writeDer(
      0x30,
      timeOf(options.notBefore ?? now - HOUR_MS, isGeneralized),
      timeOf(options.notAfter ?? now + 24 * HOUR_MS, isGeneralized),
    ),
    encodeDistinguishedName(nameOf(subject)),
    options.publicKey ?? keys.publicKey.export({ type: 'spki', format: 'der' }),
    ...(options.uniqueIdentifiers ? [writeDer(0x81, Uint8Array.of(0, 1))] : []),
    ...(version === 3 ? extensionsOf(options, keys, issuer) : []),
  );
  const signature = sign(algorithm.digest, forged ? Buffer.from('another') : tbs, {
    key: issuer.keys.privateKey,
    ...algorithm.padding,
  });
  return writeDer(0x30, tbs, identifier, writeDer(0x03, Uint8Array.of(0), signature));
}

function extensionsOf(options: CraftOptions, keys: Keys, issuer: Issuer): readonly Uint8Array[] {
  const { ca = false, pathLength } = options;
  const all: Record<string, MintExtension | null> = {
    ski: subjectKeyIdentifier(keys.publicKey),
    aki: authorityKeyIdentifier(issuer.keys.publicKey),
    bc: basicConstraints({ ca, ...(pathLength !== undefined && { pathLength }) }),
    ku: keyUsage(ca ? ['keyCertSign', 'cRLSign'] : ['digitalSignature']),
    eku: ca ? null : extendedKeyUsage(['clientAuth']),
    ...options.extensions,
  };
  const list = Object.values(all).filter((extension) => extension !== null);
  return list.length > 0 ? [writeDer(0xa3, writeDer(0x30, ...list.map(encodeExtension)))] : [];
}

function encodeExtension({ type, critical, value }: MintExtension): Uint8Array {
  const flag = critical ? [writeDer(0x01, Uint8Array.of(0xff))] : [];
  return writeDer(0x30, writeObjectIdentifier(type), ...flag, writeDer(0x04, value));
}

function defaultAlgorithmOf({ publicKey }: Keys): AlgorithmName {
  switch (publicKey.asymmetricKeyType) {
    case 'rsa':
      return 'rsa-sha256';
    case 'ed25519':
      return 'ed25519';
    case 'ed448':
      return 'ed448';
    default:
      return 'ecdsa-sha256';
  }
}

function timeOf(moment: number, isGeneralized: boolean): Uint8Array {
  const digits = new Date(moment).toISOString().replace(/\D/g, '').slice(0, 14);
  if (isGeneralized || digits >= '2050') return writeDer(0x18, Buffer.from(`${digits}Z`));
  return writeDer(0x17, Buffer.from(`${digits.slice(2)}Z`));
}

function nameOf(name: string | DistinguishedName): DistinguishedName {
  return typeof name === 'string' ? parseDistinguishedName(name) : name;
}
