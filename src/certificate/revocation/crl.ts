/** Reads certificate revocation lists (RFC 5280 section 5). Says nothing about their signature. */

import { CertificateError, TrustDataError } from '../../errors.ts';
import type { CertificateExtension } from '../client-certificate.ts';
import { findEntry, readEntries } from './crl-entries.ts';
import type { CrlEntries } from './crl-entries.ts';
import { completeScope, readCrlScope } from './crl-scope.ts';
import type { CrlScope } from './crl-scope.ts';
import { malformed, readDer, readDerAt, readHeader } from '../der/der.ts';
import type { DerHeader, DerNode } from '../der/der.ts';
import {
  encodingOf,
  explicitValueOf,
  integerHexOf,
  isContext,
  isUniversal,
  timeOf,
  wholeBitStringOf,
} from '../der/der-value.ts';
import { readDistinguishedName } from '../name/distinguished-name.ts';
import type { DistinguishedName } from '../name/distinguished-name.ts';
import { readAuthorityKeyIdentifier } from '../key-identifier.ts';
import { readExtensions } from '../parse.ts';

export { findEntry };

/** Some 400 000 entries. */
export const maxCrlBytes = 16 * 1_048_576;

const maxNumberDigits = 40;

/** Plain data without functions: it can be read in one thread and used in another. */
export interface Crl {
  readonly issuer: DistinguishedName;
  /** Milliseconds since the epoch. */
  readonly thisUpdate: number;
  readonly nextUpdate: number;
  /** cRLNumber in lower-case hex. */
  readonly number: string | undefined;
  /** Lower-case hex. A hint for messages; the signature decides. */
  readonly authorityKeyIdentifier: string | undefined;
  readonly scope: CrlScope;
  readonly entries: CrlEntries;
  /** What was signed, the DER of the algorithm, and the octets of the signature. */
  readonly signed: Uint8Array;
  readonly signatureAlgorithm: Uint8Array;
  readonly signature: Uint8Array;
}

const extensionTypes = {
  authorityKeyIdentifier: '2.5.29.35',
  crlNumber: '2.5.29.20',
  deltaCrlIndicator: '2.5.29.27',
  issuingDistributionPoint: '2.5.29.28',
} as const;

/**
 * Reads one list that fills the input, which is kept and must not change. nextUpdate must be there
 * (RFC 5280 section 5.1.2.5). Time and memory are linear in the size.
 *
 * @throws TrustDataError `crl_malformed`, or `crl_unsupported` for delta and indirect lists and those
 *   with a critical extension that is not processed: a part of the revocations is worse than none.
 */
export function parseCrl(
  der: Uint8Array,
  { maxBytes = maxCrlBytes }: { readonly maxBytes?: number } = {},
): Crl {
  try {
    if (der.length > maxBytes) throw malformed(0, `${der.length} octets are more than ${maxBytes}`);
    return readCertificateList(der);
  } catch (error) {
    if (!(error instanceof CertificateError)) throw error;
    throw new TrustDataError('crl_malformed', `CRL: ${error.message}`, error);
  }
}

function readCertificateList(der: Uint8Array): Crl {
  const list = expectSequence(readHeader(der, 0, der.length), der.length);
  if (list.end !== der.length) throw malformed(list.end, 'octets follow the value');
  const tbs = expectSequence(readHeader(der, list.contentStart, list.end), list.end);
  const algorithm = readDerAt(der, tbs.end, list.end);
  const signature = readDerAt(der, algorithm.end, list.end);
  if (signature.end !== list.end) throw malformed(signature.end, 'CRL with extra fields');

  const fields = readTbs(der, tbs);
  // RFC 5280 section 5.1.1.2
  if (Buffer.compare(encodingOf(fields.algorithm), encodingOf(algorithm)) !== 0) {
    throw malformed(algorithm.start, 'signature algorithms differ inside and outside');
  }
  const issuer = readDistinguishedName(fields.issuer, 'issuer');
  const thisUpdate = timeOf(fields.thisUpdate, 'thisUpdate');
  const nextUpdate = timeOf(fields.nextUpdate, 'nextUpdate');
  if (nextUpdate < thisUpdate)
    throw malformed(fields.nextUpdate.start, 'nextUpdate before thisUpdate');
  return {
    issuer,
    thisUpdate,
    nextUpdate,
    ...readCrlExtensions(fields.extensions, issuer),
    entries: readEntries(der, fields.entries),
    signed: der.subarray(tbs.start, tbs.end),
    signatureAlgorithm: encodingOf(algorithm),
    signature: wholeBitStringOf(signature, 'signature'),
  };
}

/** TBSCertList, every field in its place (RFC 5280 section 5.1.2); the entries are only found here. */
function readTbs(der: Uint8Array, tbs: DerHeader) {
  let offset = tbs.contentStart;
  const next = (): DerNode => {
    const node = readDerAt(der, offset, tbs.end);
    offset = node.end;
    return node;
  };
  const first = next();
  const version = isUniversal(first, 'integer') ? integerHexOf(first, 'version') : undefined;
  // Version 1 is the default and so never written.
  if (version !== undefined && version !== '01') throw malformed(first.start, 'unknown version');
  const algorithm = version === undefined ? first : next();
  const issuer = next();
  const thisUpdate = next();
  const nextUpdate = next();

  const entries = { start: offset, end: offset, allowExtensions: version !== undefined };
  const isList = offset < tbs.end && der[offset] === 0x30;
  if (isList) {
    // An empty list must be left out, yet issuers in use write it; it can mean nothing else.
    const header = expectSequence(readHeader(der, offset, tbs.end), tbs.end);
    entries.start = header.contentStart;
    entries.end = header.end;
    offset = header.end;
  }
  const extensions = offset < tbs.end ? next() : undefined;
  if (offset !== tbs.end || (extensions !== undefined && !isContext(extensions, 0))) {
    throw malformed(offset, 'unknown field in tbsCertList');
  }
  if (extensions !== undefined && version === undefined) {
    throw malformed(extensions.start, 'extensions in version 1');
  }
  return { algorithm, issuer, thisUpdate, nextUpdate, entries, extensions };
}

function readCrlExtensions(
  node: DerNode | undefined,
  issuer: DistinguishedName,
): Pick<Crl, 'number' | 'authorityKeyIdentifier' | 'scope'> {
  const extensions = node === undefined ? [] : readExtensions(explicitValueOf(node, 'extensions'));
  expectProcessable(extensions);
  const read = <T>(type: string, reader: (value: Uint8Array) => T): T | undefined => {
    const extension = extensions.find((candidate) => candidate.type === type);
    return extension && reader(extension.value);
  };
  return {
    number: read(extensionTypes.crlNumber, readCrlNumber),
    authorityKeyIdentifier: read(extensionTypes.authorityKeyIdentifier, readAuthorityKeyIdentifier),
    scope:
      read(extensionTypes.issuingDistributionPoint, (value) => readCrlScope(value, issuer)) ??
      completeScope,
  };
}

/** RFC 5280 section 5.2.3: not negative, at most 20 octets. */
function readCrlNumber(der: Uint8Array): string {
  const number = integerHexOf(readDer(der), 'cRLNumber');
  if (number.length > maxNumberDigits || number >= '8')
    throw malformed(0, 'cRLNumber out of range');
  return number;
}

/** RFC 5280 section 5.2: a list with a critical extension that is not understood must not be used. */
function expectProcessable(extensions: readonly CertificateExtension[]): void {
  for (const { type, critical } of extensions) {
    if (type === extensionTypes.deltaCrlIndicator) {
      throw new TrustDataError('crl_unsupported', 'a delta CRL: it has the changes only');
    }
    const isKnown = Object.values<string>(extensionTypes).includes(type);
    if (critical && !isKnown) {
      throw new TrustDataError('crl_unsupported', `critical CRL extension ${type}`);
    }
  }
}

function expectSequence(header: DerHeader, limit: number): DerHeader {
  const { tagClass, tagNumber, constructed, start, end } = header;
  if (tagClass !== 'universal' || tagNumber !== 16 || !constructed) {
    throw malformed(start, 'CRL part that is not of type sequence');
  }
  if (end > limit) throw malformed(start, 'the length runs past the end');
  return header;
}
