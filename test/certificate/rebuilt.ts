/** Takes a certificate apart and puts it together with other fields. The signature is then wrong. */

import { encodingOf } from '../../src/certificate/der/der-value.ts';
import { readDer } from '../../src/certificate/der/der.ts';
import { writeDer } from '../../src/certificate/der/der-writer.ts';

/** DER of each field of a version 3 certificate; an empty list leaves it out. */
export interface Fields {
  version: Uint8Array;
  serialNumber: Uint8Array;
  signature: Uint8Array;
  issuer: Uint8Array;
  validity: Uint8Array;
  subject: Uint8Array;
  publicKey: Uint8Array;
  uniqueIdentifiers: Uint8Array;
  extensions: Uint8Array;
  afterExtensions: Uint8Array;
  signatureAlgorithm: Uint8Array;
  signatureValue: Uint8Array;
  afterSignature: Uint8Array;
}

export const ABSENT = new Uint8Array();

const NAMES = [
  'version',
  'serialNumber',
  'signature',
  'issuer',
  'validity',
  'subject',
  'publicKey',
  'extensions',
] as const;

/** The certificate with some of its fields replaced. */
export function rebuilt(der: Uint8Array, changes: Partial<Fields>): Uint8Array {
  const [tbs, signatureAlgorithm, signatureValue] = readDer(der).children.map(encodingOf);
  const parts = readDer(tbs ?? ABSENT).children.map(encodingOf);
  const own = Object.fromEntries(NAMES.map((name, index) => [name, parts[index] ?? ABSENT]));
  const field = (name: keyof Fields): Uint8Array => changes[name] ?? own[name] ?? ABSENT;
  return writeDer(
    0x30,
    writeDer(
      0x30,
      ...NAMES.slice(0, 7).map(field),
      field('uniqueIdentifiers'),
      field('extensions'),
      field('afterExtensions'),
    ),
    changes.signatureAlgorithm ?? signatureAlgorithm ?? ABSENT,
    changes.signatureValue ?? signatureValue ?? ABSENT,
    field('afterSignature'),
  );
}

/** DER of the extensions of a certificate, one by one. */
export function extensionsOf(der: Uint8Array): readonly Uint8Array[] {
  const [tbs] = readDer(der).children;
  const list = tbs?.children.at(-1)?.children[0];
  return list?.children.map(encodingOf) ?? [];
}

/** Hex with spaces for the eye. */
export function hex(text: string): Uint8Array {
  return Buffer.from(text.replaceAll(' ', ''), 'hex');
}
