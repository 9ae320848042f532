/** Every parser of foreign octets, by name, with the class of its refusals. */

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';

import { readCrls } from '../../src/certificate/revocation/crl-file.ts';
import { readDer } from '../../src/certificate/der/der.ts';
import {
  formatDistinguishedName,
  parseDistinguishedName,
  sameDistinguishedName,
} from '../../src/certificate/name/distinguished-name.ts';
import { readDistinguishedNameSpelling } from '../../src/certificate/name/distinguished-name-spelling.ts';
import { readGeneralNames } from '../../src/certificate/name/general-name.ts';
import { parseJwks } from '../../src/certificate/key-set/jwks.ts';
import { readOcspResponse } from '../../src/certificate/revocation/ocsp-response.ts';
import { parseCertificate } from '../../src/certificate/parse.ts';
import { readCertificates } from '../../src/certificate/pem.ts';
import { readSubjectAltNames } from '../../src/certificate/name/subject-alt-name.ts';
import { readTrustStore } from '../../src/certificate/trust-store/trust-store.ts';
import {
  CertificateError,
  KeySetError,
  ProxyHeaderError,
  TrustDataError,
} from '../../src/errors.ts';
import { readProxyHeader } from '../../src/listener/proxy-protocol/header.ts';

export const PASSPHRASE = 'secret';

export interface Parser {
  /** Throws, or rejects with, nothing but `refusal`. */
  readonly read: (octets: Uint8Array) => unknown;
  readonly refusal:
    | typeof CertificateError
    | typeof TrustDataError
    | typeof KeySetError
    | typeof ProxyHeaderError;
  /** Whether the octets are a DER value, so that its parts can be changed one by one. */
  readonly isDer?: true;
  /** Makes a mutant pass a check that would end its reading early. */
  readonly repair?: (mutant: Uint8Array) => Uint8Array;
}

export type ParserName = keyof typeof PARSERS;

export const PARSERS = {
  DER: { read: (octets) => readDer(octets), refusal: CertificateError, isDer: true },
  certificate: { read: readCertificate, refusal: CertificateError, isDer: true },
  'subject DN': { read: readName, refusal: CertificateError },
  SAN: {
    read: (octets) => readGeneralNames(octets, 'subjectAltName'),
    refusal: CertificateError,
    isDer: true,
  },
  PEM: {
    read: (octets) => readCertificates(textOf(octets)).map(parseCertificate),
    refusal: CertificateError,
  },
  JKS: { read: readStore, refusal: TrustDataError, repair: withJksDigest },
  'PKCS#12': { read: readStore, refusal: TrustDataError, isDer: true },
  CRL: { read: (octets) => readCrls(octets), refusal: TrustDataError, isDer: true },
  OCSP: { read: readOcspResponse, refusal: TrustDataError, isDer: true },
  JWKS: { read: parseJwks, refusal: KeySetError },
  'PROXY header': {
    read: (octets) => readProxyHeader(Buffer.from(octets)),
    refusal: ProxyHeaderError,
  },
} as const satisfies Record<string, Parser>;

function textOf(octets: Uint8Array): string {
  return Buffer.from(octets).toString('latin1');
}

function readCertificate(octets: Uint8Array): void {
  const certificate = parseCertificate(octets);
  assert.equal(Buffer.compare(certificate.der, octets), 0);
  readSubjectAltNames(certificate);
}

/** In both ways to read; what is read must be what its own text says. */
function readName(octets: Uint8Array): void {
  const text = Buffer.from(octets).toString('utf8');
  readDistinguishedNameSpelling(text);
  const name = parseDistinguishedName(text);
  const again = parseDistinguishedName(formatDistinguishedName(name));
  assert.ok(sameDistinguishedName(again, name));
}

function readStore(octets: Uint8Array): unknown {
  return readTrustStore(octets, { passphrase: PASSPHRASE });
}

/** The content of a JKS file with the digest that its passphrase gives. */
export function withJksDigest(mutant: Uint8Array): Uint8Array {
  const content = mutant.subarray(0, -20);
  const digest = createHash('sha1')
    .update(Buffer.from(PASSPHRASE, 'utf16le').swap16())
    .update('Mighty Aphrodite')
    .update(content)
    .digest();
  return Buffer.concat([content, digest]);
}
