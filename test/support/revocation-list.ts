/** CRLs for tests, with any field as wrong as a test wants it. */

import { createPrivateKey, createPublicKey, sign } from 'node:crypto';

import { encodingOf } from '../../src/certificate/der/der-value.ts';
import { readDer } from '../../src/certificate/der/der.ts';
import { writeDer, writeObjectIdentifier } from '../../src/certificate/der/der-writer.ts';
import { authorityKeyIdentifier } from '../../src/certificate/mint/mint-extension.ts';
import { HOUR_MS } from './pki.ts';
import type { Issued } from './pki.ts';

export interface ListEntry {
  /** Content octets in hex. */
  readonly serialNumber: string;
  readonly revokedAt?: number;
  /** A number of CRLReason. */
  readonly reason?: number;
  /** DER of further extensions. */
  readonly extensions?: readonly Uint8Array[];
}

export interface ListOptions {
  readonly entries?: readonly ListEntry[];
  readonly thisUpdate?: number;
  readonly nextUpdate?: number;
  /** None makes it a list of version 1. */
  readonly extensions?: readonly Uint8Array[];
  readonly number?: number;
  /** DER of fields that stand in the place of the right ones; empty leaves them out. */
  readonly fields?: Partial<Record<ListField, Uint8Array>>;
}

type ListField =
  | 'version'
  | 'algorithm'
  | 'issuer'
  | 'thisUpdate'
  | 'nextUpdate'
  | 'entries'
  | 'extensions'
  | 'after';

const sha256WithRsa = writeDer(
  0x30,
  writeObjectIdentifier('1.2.840.113549.1.1.11'),
  writeDer(0x05),
);
const ecdsaWithSha256 = writeDer(0x30, writeObjectIdentifier('1.2.840.10045.4.3.2'));

/** The DER of a list that the issuer signs, about an hour old and valid for a day. */
export function mintCrl(issuer: Issued, options: ListOptions = {}): Uint8Array {
  const now = Date.now();
  const { entries = [], thisUpdate = now - HOUR_MS, nextUpdate = now + 24 * HOUR_MS } = options;
  const key = createPrivateKey(issuer.privateKeyPem);
  const own = key.asymmetricKeyType === 'rsa' ? sha256WithRsa : ecdsaWithSha256;
  const algorithm = options.fields?.algorithm ?? own;
  const extensions = options.extensions ?? [
    extension(authorityKeyIdentifier(createPublicKey(key))),
    crlNumber(options.number ?? 1),
  ];
  const right: Record<ListField, Uint8Array> = {
    version: extensions.length > 0 ? writeDer(0x02, Uint8Array.of(1)) : new Uint8Array(),
    algorithm,
    issuer: subjectOf(issuer.certificate),
    thisUpdate: time(thisUpdate),
    nextUpdate: time(nextUpdate),
    entries:
      entries.length > 0 ? writeDer(0x30, Buffer.concat(entries.map(entryOf))) : new Uint8Array(),
    extensions:
      extensions.length > 0 ? writeDer(0xa0, writeDer(0x30, ...extensions)) : new Uint8Array(),
    after: new Uint8Array(),
  };
  const tbs = writeDer(0x30, ...Object.values({ ...right, ...options.fields }));
  const signature = sign('sha256', tbs, key);
  return writeDer(0x30, tbs, algorithm, writeDer(0x03, Uint8Array.of(0), signature));
}

/** PEM of a list, with the label of RFC 7468. */
export function writeCrlPem(der: Uint8Array): string {
  const lines =
    Buffer.from(der)
      .toString('base64')
      .match(/.{1,64}/g) ?? [];
  return ['-----BEGIN X509 CRL-----', ...lines, '-----END X509 CRL-----', ''].join('\n');
}

/** DER of an extension. */
export function extension(facts: {
  readonly type: string;
  readonly critical: boolean;
  readonly value: Uint8Array;
}): Uint8Array {
  const critical = facts.critical ? [writeDer(0x01, Uint8Array.of(0xff))] : [];
  const { type, value } = facts;
  return writeDer(0x30, writeObjectIdentifier(type), ...critical, writeDer(0x04, value));
}

export function crlNumber(number: number): Uint8Array {
  const value = writeDer(0x02, Uint8Array.of(number));
  return extension({ type: '2.5.29.20', critical: false, value });
}

/** @param fields DER of the fields of IssuingDistributionPoint. */
export function issuingDistributionPoint(...fields: readonly Uint8Array[]): Uint8Array {
  return extension({ type: '2.5.29.28', critical: true, value: writeDer(0x30, ...fields) });
}

/** A DistributionPointName of one address, with its outer tag. */
export function pointName(url: string): Uint8Array {
  return writeDer(0xa0, writeDer(0xa0, writeDer(0x86, Buffer.from(url))));
}

/** The serial number of a certificate, as entries take it. */
export function serialOf(certificate: Uint8Array): string {
  const [tbs] = readDer(certificate).children;
  const serial = tbs?.children[1];
  return Buffer.from(serial?.source.subarray(serial.contentStart, serial.end) ?? []).toString(
    'hex',
  );
}

/** UTCTime up to 2049, GeneralizedTime after. */
export function time(moment: number): Uint8Array {
  const digits = new Date(moment).toISOString().replace(/[-:T]|\.\d+/g, '');
  return digits < '2050'
    ? writeDer(0x17, Buffer.from(digits.slice(2)))
    : writeDer(0x18, Buffer.from(digits));
}

function entryOf({ serialNumber, revokedAt, reason, extensions = [] }: ListEntry): Uint8Array {
  const value = reason === undefined ? undefined : writeDer(0x0a, Uint8Array.of(reason));
  const all = [
    ...(value === undefined ? [] : [extension({ type: '2.5.29.21', critical: false, value })]),
    ...extensions,
  ];
  return writeDer(
    0x30,
    writeDer(0x02, Buffer.from(serialNumber, 'hex')),
    time(revokedAt ?? Date.now() - HOUR_MS),
    ...(all.length > 0 ? [writeDer(0x30, ...all)] : []),
  );
}

function subjectOf(certificate: Uint8Array): Uint8Array {
  const subject = readDer(certificate).children[0]?.children[5];
  return subject === undefined ? new Uint8Array() : encodingOf(subject);
}
