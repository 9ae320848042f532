/** How OCSP names a certificate: by hashes of its issuer, and its serial number (RFC 6960 section 4.1.1). */

import { hash } from 'node:crypto';

import type { ClientCertificate } from '../client-certificate.ts';
import { readDer } from '../der/der.ts';
import type { DerNode } from '../der/der.ts';
import {
  contentOf,
  encodingOf,
  expectUniversal,
  hexOf,
  integerHexOf,
  isContext,
  isUniversal,
  objectIdentifierOf,
  sequenceOf,
  wholeBitStringOf,
} from '../der/der-value.ts';
import { writeDer, writeObjectIdentifier } from '../der/der-writer.ts';

/** They name and protect nothing, so that SHA-1, which most responders know alone, will do. */
export type IdDigest = 'sha1' | 'sha256';

const DIGESTS: ReadonlyMap<string, IdDigest> = new Map([
  ['1.3.14.3.2.26', 'sha1'],
  ['2.16.840.1.101.3.4.2.1', 'sha256'],
]);

/** A CertID, hashes in lower-case hex. */
export interface CertificateId {
  /** Undefined where the hash is of a kind that we never ask with. */
  readonly digest: IdDigest | undefined;
  readonly issuerNameHash: string;
  readonly issuerKeyHash: string;
  readonly serialNumber: string;
}

/** @param issuerKey DER of the issuer's SubjectPublicKeyInfo. */
export function certificateIdOf(
  certificate: ClientCertificate,
  issuerKey: Uint8Array,
  digest: IdDigest,
): CertificateId {
  return {
    digest,
    issuerNameHash: hash(digest, issuerNameOf(certificate), 'hex'),
    issuerKeyHash: keyHashOf(issuerKey, digest),
    serialNumber: certificate.serialNumber,
  };
}

/** The hash over the octets of a key, in lower-case hex. @param publicKey SubjectPublicKeyInfo. */
export function keyHashOf(publicKey: Uint8Array, digest: IdDigest): string {
  const [, key] = sequenceOf(readDer(publicKey), 'public key');
  return hash(digest, wholeBitStringOf(key, 'public key'), 'hex');
}

export function sameCertificateId(a: CertificateId, b: CertificateId): boolean {
  return (
    a.digest !== undefined &&
    a.digest === b.digest &&
    a.issuerNameHash === b.issuerNameHash &&
    a.issuerKeyHash === b.issuerKeyHash &&
    a.serialNumber === b.serialNumber
  );
}

export function encodeCertificateId(id: CertificateId): Uint8Array {
  const [type = ''] = [...DIGESTS].find(([, digest]) => digest === id.digest) ?? [];
  const octets = (hex: string): Uint8Array => Buffer.from(hex, 'hex');
  return writeDer(
    0x30,
    writeDer(0x30, writeObjectIdentifier(type), writeDer(0x05)),
    writeDer(0x04, octets(id.issuerNameHash)),
    writeDer(0x04, octets(id.issuerKeyHash)),
    writeDer(0x02, octets(id.serialNumber)),
  );
}

/** @throws CertificateError `certificate_malformed`. */
export function readCertificateId(node: DerNode | undefined): CertificateId {
  const [algorithm, name, key, serial] = sequenceOf(node, 'certID');
  const [type, parameters] = sequenceOf(algorithm, 'certID');
  const isPlain = parameters === undefined || isUniversal(parameters, 'null');
  const digest = DIGESTS.get(objectIdentifierOf(type, 'certID'));
  return {
    digest: isPlain ? digest : undefined,
    issuerNameHash: hexOf(contentOf(expectUniversal(name, 'octetString', 'issuerNameHash'))),
    issuerKeyHash: hexOf(contentOf(expectUniversal(key, 'octetString', 'issuerKeyHash'))),
    serialNumber: integerHexOf(serial, 'serialNumber'),
  };
}

/** The issuer's name as the certificate has it: the hash is over these octets, not over its meaning. */
function issuerNameOf({ signature }: ClientCertificate): Uint8Array {
  const fields = sequenceOf(readDer(signature.signed), 'tbsCertificate');
  const issuer = fields[isContext(fields[0], 0) ? 3 : 2];
  return encodingOf(expectUniversal(issuer, 'sequence', 'issuer'));
}
