/** Reads an X.509 certificate (RFC 5280 section 4.1) into the record that everything else uses. */

import { X509Certificate } from 'node:crypto';

import { CertificateError } from '../errors.ts';
import type { CertificateExtension, ClientCertificate } from './client-certificate.ts';
import { malformed, readDer } from './der/der.ts';
import type { DerNode } from './der/der.ts';
import {
  booleanOf,
  contentOf,
  encodingOf,
  expectImplicitBitString,
  expectUniversal,
  explicitValueOf,
  integerHexOf,
  isContext,
  isUniversal,
  objectIdentifierOf,
  sequenceOf,
  timeOf,
  wholeBitStringOf,
} from './der/der-value.ts';
import { readDistinguishedName } from './name/distinguished-name.ts';
import { thumbprintOf } from './thumbprint.ts';

const maxSerialOctets = 20;
const noExtensions: readonly CertificateExtension[] = Object.freeze([]);

/**
 * The facts of one certificate, deeply frozen (byte arrays can't be: they are copies of our own).
 * Says nothing about signature, validity at this moment or trust.
 *
 * @throws CertificateError `certificate_malformed` when the bytes break DER or the form that RFC
 *   5280 gives them, or when the TLS library refuses them: both must see the same certificate.
 */
export function parseCertificate(der: Uint8Array): ClientCertificate {
  const own = new Uint8Array(der);
  const fields = sequenceOf(readDer(own), 'certificate');
  expectCount(fields, 3, 'certificate');
  const signatureAlgorithm = algorithmOf(fields[1], 'signatureAlgorithm');
  const signatureValue = wholeBitStringOf(fields[2], 'signature');

  const tbs = readTbsCertificate(fields[0]);
  // RFC 5280 section 4.1.1.2
  if (!sameEncoding(tbs.signature, signatureAlgorithm)) {
    throw malformed(signatureAlgorithm.start, 'signature algorithms differ inside and outside');
  }
  const isSelfIssued = sameEncoding(tbs.subject, tbs.issuer);
  const issuer = readDistinguishedName(tbs.issuer, 'issuer');
  const subject = isSelfIssued ? issuer : readDistinguishedName(tbs.subject, 'subject');
  expectSameInTlsLibrary(own);
  return Object.freeze({
    der: own,
    thumbprint: thumbprintOf(own),
    subject,
    issuer,
    serialNumber: tbs.serialNumber,
    notBefore: tbs.notBefore,
    notAfter: tbs.notAfter,
    isSelfIssued,
    publicKey: encodingOf(tbs.publicKey),
    version: tbs.version,
    hasUniqueIdentifiers: tbs.hasUniqueIdentifiers,
    extensions: tbs.extensions,
    signature: Object.freeze({
      signed: encodingOf(tbs.node),
      algorithm: encodingOf(signatureAlgorithm),
      value: signatureValue,
    }),
  });
}

/** TBSCertificate, every field in its place and nothing after the last (RFC 5280 section 4.1.2). */
function readTbsCertificate(field: DerNode | undefined) {
  const node = expectUniversal(field, 'sequence', 'tbsCertificate');
  const rest = [...node.children];
  const version = readVersion(isContext(rest[0], 0) ? rest.shift() : undefined);
  const serialNumber = readSerialNumber(rest.shift());
  const signature = algorithmOf(rest.shift(), 'tbsCertificate.signature');
  const issuer = expectUniversal(rest.shift(), 'sequence', 'issuer');
  const validity = sequenceOf(rest.shift(), 'validity');
  expectCount(validity, 2, 'validity');
  const subject = expectUniversal(rest.shift(), 'sequence', 'subject');
  const publicKey = readPublicKey(rest.shift());

  let hasUniqueIdentifiers = false;
  for (const tag of [1, 2]) {
    if (!isContext(rest[0], tag)) continue;
    hasUniqueIdentifiers = true;
    if (version === 1)
      throw malformed(rest[0].start, 'unique identifier in a version 1 certificate');
    expectImplicitBitString(rest[0], 'unique identifier');
    rest.shift();
  }
  let extensions: readonly CertificateExtension[] = noExtensions;
  if (isContext(rest[0], 3)) {
    if (version !== 3) throw malformed(rest[0].start, `extensions in version ${version}`);
    extensions = readExtensions(explicitValueOf(rest[0], 'extensions'));
    rest.shift();
  }
  if (rest[0] !== undefined) throw malformed(rest[0].start, 'unknown field in tbsCertificate');

  const notBefore = timeOf(validity[0], 'notBefore');
  const notAfter = timeOf(validity[1], 'notAfter');
  return {
    node,
    version,
    serialNumber,
    signature,
    issuer,
    notBefore,
    notAfter,
    subject,
    publicKey,
    hasUniqueIdentifiers,
    extensions,
  };
}

/** Version 1 is the default and therefore never written (X.690 section 11.5). */
function readVersion(node: DerNode | undefined): 1 | 2 | 3 {
  if (node === undefined) return 1;
  const version = integerHexOf(explicitValueOf(node, 'version'), 'version');
  if (version === '01') return 2;
  if (version === '02') return 3;
  throw malformed(node.start, `version field ${version}`);
}

/** Positive and at most 20 octets (RFC 5280 section 4.1.2.2). */
function readSerialNumber(node: DerNode | undefined): string {
  const serial = expectUniversal(node, 'integer', 'serialNumber');
  const [first = 0] = contentOf(serial);
  const length = serial.end - serial.contentStart;
  if (first >= 0x80) throw malformed(serial.start, 'negative serial number');
  if (first === 0 && length === 1) throw malformed(serial.start, 'serial number zero');
  if (length > maxSerialOctets) {
    throw malformed(serial.start, `serial number of more than ${maxSerialOctets} octets`);
  }
  return integerHexOf(serial, 'serialNumber');
}

function readPublicKey(node: DerNode | undefined): DerNode {
  const publicKey = expectUniversal(node, 'sequence', 'subjectPublicKeyInfo');
  expectCount(publicKey.children, 2, 'subjectPublicKeyInfo');
  algorithmOf(publicKey.children[0], 'public key algorithm');
  wholeBitStringOf(publicKey.children[1], 'public key');
  return publicKey;
}

/** An AlgorithmIdentifier: an object identifier and at most one value of parameters. */
function algorithmOf(node: DerNode | undefined, what: string): DerNode {
  const algorithm = expectUniversal(node, 'sequence', what);
  objectIdentifierOf(algorithm.children[0], what);
  if (algorithm.children.length > 2) throw malformed(algorithm.start, `${what} with extra fields`);
  return algorithm;
}

/** The frame of every extension; what is inside is the business of who needs it. */
export function readExtensions(node: DerNode): readonly CertificateExtension[] {
  const extensions = sequenceOf(node, 'extensions');
  if (extensions.length === 0) throw malformed(node.start, 'empty list of extensions');
  const seen = new Set<string>();
  return Object.freeze(
    extensions.map((extension) => {
      const read = readExtension(extension);
      // RFC 5280 section 4.2
      if (seen.has(read.type)) throw malformed(extension.start, `extension ${read.type} twice`);
      seen.add(read.type);
      return read;
    }),
  );
}

function readExtension(node: DerNode): CertificateExtension {
  const rest = [...sequenceOf(node, 'extension')];
  const type = objectIdentifierOf(rest.shift(), 'extension');
  // An explicit `critical: false` breaks X.690 section 11.5, yet issuers in use write it, and no
  // reader takes it for anything else.
  const critical = isUniversal(rest[0], 'boolean') && booleanOf(rest.shift(), 'critical');
  const value = expectUniversal(rest.shift(), 'octetString', `value of extension ${type}`);
  if (rest.length > 0) throw malformed(node.start, `extension ${type} with extra fields`);
  return Object.freeze({ type, critical, value: contentOf(value) });
}

function expectCount(fields: readonly DerNode[], count: number, what: string): void {
  const offset = fields[count]?.start ?? fields.at(-1)?.end ?? 0;
  if (fields.length !== count) throw malformed(offset, `${what} does not have ${count} fields`);
}

function sameEncoding(a: DerNode, b: DerNode): boolean {
  return Buffer.compare(encodingOf(a), encodingOf(b)) === 0;
}

/**
 * The library looks for PEM before it tries DER, so that a certificate with PEM text inside one of
 * its fields is read as the certificate in that text. Whoever hands our bytes to it must not be
 * given another certificate's key.
 */
function expectSameInTlsLibrary(der: Uint8Array): void {
  let seen: Uint8Array;
  try {
    seen = new X509Certificate(der).raw;
  } catch (error) {
    throw new CertificateError('certificate_malformed', 'refused by the TLS library', error);
  }
  if (Buffer.compare(seen, der) === 0) return;
  throw new CertificateError('certificate_malformed', 'read otherwise by the TLS library');
}
