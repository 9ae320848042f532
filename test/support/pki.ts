/** Certificates for tests, made anew in each run and valid for a day. */

import type { KeyObject } from 'node:crypto';

import { parseDistinguishedName } from '../../src/certificate/name/distinguished-name.ts';
import type { DistinguishedName } from '../../src/certificate/name/distinguished-name.ts';
import { generateKeys, mintCertificate } from '../../src/certificate/mint/mint.ts';
import type { KeyType } from '../../src/certificate/mint/mint.ts';
import {
  authorityKeyIdentifier,
  basicConstraints,
  extendedKeyUsage,
  keyUsage,
  subjectAltName,
  subjectKeyIdentifier,
} from '../../src/certificate/mint/mint-extension.ts';
import type {
  AlternativeNames,
  ExtendedKeyUsage,
  KeyUsage,
  MintExtension,
} from '../../src/certificate/mint/mint-extension.ts';
import { writePem } from '../../src/certificate/pem.ts';
import { thumbprintOf } from '../../src/certificate/thumbprint.ts';

export interface CertificateOptions {
  /** RFC 4514 text, or structure where string types matter. */
  readonly subject?: string | DistinguishedName;
  readonly san?: AlternativeNames;
  /** No extended key usage where absent. */
  readonly eku?: readonly ExtendedKeyUsage[];
  readonly ca?: boolean;
  readonly pathLength?: number;
  /** Empty leaves the extension out. */
  readonly keyUsage?: readonly KeyUsage[];
  /** Milliseconds since the epoch. */
  readonly notBefore?: number;
  readonly notAfter?: number;
  readonly keyType?: KeyType;
  /** Content octets in hex. */
  readonly serialNumber?: string;
  /** Come after the others. */
  readonly extensions?: readonly MintExtension[];
}

/** A certificate with its key. Each of them can issue, as an attacker would. */
export interface Issued {
  /** DER. */
  readonly certificate: Uint8Array;
  readonly certificatePem: string;
  /** PKCS#8. */
  readonly privateKeyPem: string;
  readonly thumbprint: string;
  readonly issue: (options?: CertificateOptions) => Promise<Issued>;
}

export const HOUR_MS = 3_600_000;

interface Keys {
  readonly publicKey: KeyObject;
  readonly privateKey: KeyObject;
}

interface Issuer {
  readonly name: DistinguishedName;
  readonly keys: Keys;
}

/** A root that can issue anything below it. */
export async function createAuthority({ name = 'Test CA' } = {}): Promise<Issued> {
  const subject = parseDistinguishedName('O=Test').concat([
    [{ type: '2.5.4.3', value: name, encoding: 'utf8String' }],
  ]);
  return selfSigned({ subject, ca: true, keyUsage: ['keyCertSign', 'cRLSign'] });
}

/** As `openssl req -x509` makes it when `ca` is set: no key usage, no extended key usage. */
export async function selfSigned(options: CertificateOptions = {}): Promise<Issued> {
  const keys = await generateKeys(options.keyType ?? 'ec');
  return mint({ keyUsage: [], ...options }, keys, { name: subjectOf(options), keys });
}

async function mint(options: CertificateOptions, keys: Keys, issuer: Issuer): Promise<Issued> {
  const now = Date.now();
  const certificate = await mintCertificate({
    subject: subjectOf(options),
    issuer: issuer.name,
    publicKey: keys.publicKey,
    signingKey: issuer.keys.privateKey,
    ...(options.serialNumber && { serialNumber: Buffer.from(options.serialNumber, 'hex') }),
    notBefore: options.notBefore ?? now - HOUR_MS,
    notAfter: options.notAfter ?? now + 24 * HOUR_MS,
    extensions: extensionsOf(options, keys, issuer),
  });
  return {
    certificate,
    certificatePem: writePem(certificate),
    privateKeyPem: keys.privateKey.export({ type: 'pkcs8', format: 'pem' }),
    thumbprint: thumbprintOf(certificate),
    issue: async (below = {}) =>
      mint(below, await generateKeys(below.keyType ?? 'ec'), { name: subjectOf(options), keys }),
  };
}

function extensionsOf(options: CertificateOptions, keys: Keys, issuer: Issuer): MintExtension[] {
  const { ca = false, pathLength, eku = [], san, extensions = [] } = options;
  const usages = options.keyUsage ?? (ca ? ['keyCertSign', 'cRLSign'] : ['digitalSignature']);
  return [
    subjectKeyIdentifier(keys.publicKey),
    authorityKeyIdentifier(issuer.keys.publicKey),
    basicConstraints({ ca, ...(pathLength !== undefined && { pathLength }) }),
    ...(usages.length > 0 ? [keyUsage(usages)] : []),
    ...(eku.length > 0 ? [extendedKeyUsage(eku)] : []),
    ...(san ? [subjectAltName(san)] : []),
    ...extensions,
  ];
}

function subjectOf({ subject = 'CN=client,O=Test' }: CertificateOptions): DistinguishedName {
  return typeof subject === 'string' ? parseDistinguishedName(subject) : subject;
}
