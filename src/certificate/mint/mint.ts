/** Makes certificates: for the demo and for tests, never for clients of the gateway. */

import { generateKeyPair, randomBytes } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { promisify } from 'node:util';

import { fromBER, Integer } from 'asn1js';
import type { SchemaType } from 'pkijs';
import {
  Certificate,
  Extension,
  PublicKeyInfo,
  RelativeDistinguishedNames,
  Time,
  TimeType,
} from 'pkijs';

import { encodeDistinguishedName } from '../name/distinguished-name.ts';
import type { DistinguishedName } from '../name/distinguished-name.ts';
import type { MintExtension } from './mint-extension.ts';

export type KeyType = 'ec' | 'rsa' | 'rsa4096';

export interface MintRequest {
  readonly subject: DistinguishedName;
  readonly issuer: DistinguishedName;
  readonly publicKey: KeyObject;
  /** The issuer's private key, EC P-256 or RSA; signs with SHA-256. */
  readonly signingKey: KeyObject;
  /** Content octets of the INTEGER; random and positive where absent. */
  readonly serialNumber?: Uint8Array;
  /** Milliseconds since the epoch; fractions of a second are dropped. */
  readonly notBefore: number;
  readonly notAfter: number;
  readonly extensions: readonly MintExtension[];
}

const generate = promisify(generateKeyPair);

/** A fresh key pair: EC on P-256, or RSA of 2048 or 4096 bits. */
export async function generateKeys(
  type: KeyType,
): Promise<{ readonly publicKey: KeyObject; readonly privateKey: KeyObject }> {
  if (type === 'ec') return generate('ec', { namedCurve: 'P-256' });
  return generate('rsa', { modulusLength: type === 'rsa' ? 2048 : 4096 });
}

/** The DER of a signed version 3 certificate. Nothing of the request is checked against RFC 5280. */
export async function mintCertificate(request: MintRequest): Promise<Uint8Array> {
  const certificate = new Certificate({
    version: 2,
    serialNumber: new Integer({ valueHex: exactBuffer(request.serialNumber ?? randomSerial()) }),
    issuer: nameOf(request.issuer),
    notBefore: timeOf(request.notBefore),
    notAfter: timeOf(request.notAfter),
    subject: nameOf(request.subject),
    subjectPublicKeyInfo: new PublicKeyInfo({
      schema: schemaOf(request.publicKey.export({ type: 'spki', format: 'der' })),
    }),
    extensions: request.extensions.map(
      ({ type, critical, value }) =>
        new Extension({ extnID: type, critical, extnValue: exactBuffer(value) }),
    ),
  });
  const algorithm =
    request.signingKey.asymmetricKeyType === 'rsa'
      ? { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' }
      : { name: 'ECDSA', namedCurve: 'P-256' };
  await certificate.sign(request.signingKey.toCryptoKey(algorithm, false, ['sign']), 'SHA-256');
  return new Uint8Array(certificate.toSchema().toBER());
}

/** 20 octets of which the first is between 40 and 7F: positive, and in the shortest form. */
function randomSerial(): Uint8Array {
  const serial = randomBytes(20);
  serial.writeUInt8((serial.readUInt8(0) & 0x3f) | 0x40, 0);
  return serial;
}

/** Built from DER, as the library's own names can't hold an RDN of several attributes. */
function nameOf(name: DistinguishedName): RelativeDistinguishedNames {
  return new RelativeDistinguishedNames({ schema: schemaOf(encodeDistinguishedName(name)) });
}

/** UTCTime up to 2049, GeneralizedTime after (RFC 5280 section 4.1.2.5). */
function timeOf(moment: number): Time {
  const value = new Date(Math.floor(moment / 1000) * 1000);
  const type = value.getUTCFullYear() < 2050 ? TimeType.UTCTime : TimeType.GeneralizedTime;
  return new Time({ type, value });
}

function schemaOf(der: Uint8Array): SchemaType {
  return fromBER(exactBuffer(der)).result;
}

function exactBuffer(octets: Uint8Array): ArrayBuffer {
  return new Uint8Array(octets).buffer;
}
