/** The revoked certificates of a CRL, found by serial number. */

import { TrustDataError } from '../../errors.ts';
import { scanEntries } from './crl-entry-scan.ts';
import { readReason } from './crl-reason.ts';
import type { RevocationReason } from './crl-reason.ts';
import { malformed, readDer, readDerAt } from '../der/der.ts';
import type { DerNode } from '../der/der.ts';
import { contentOf, generalizedTimeOf, timeOf } from '../der/der-value.ts';
import { readExtensions } from '../parse.ts';

/** Entries of a CRL. Plain data that can be handed from thread to thread. */
export interface CrlEntries {
  /** The whole CRL. */
  readonly source: Uint8Array;
  /** One number an entry, sorted: the hash of its serial number, then its offset in the source. */
  readonly index: Float64Array;
}

export interface CrlEntry {
  /** Milliseconds since the epoch, as `invalidityDate`. */
  readonly revocationDate: number;
  readonly reason: RevocationReason;
  /** From when on the key may have been in wrong hands, where the CA knows. */
  readonly invalidityDate: number | undefined;
}

/** A double holds 53 bits: these for the offset, what is left for the hash. */
const offsetBits = 26;
const hashBits = 27;
const offsetLimit = 2 ** offsetBits;

/** Two octets of header, three of the shortest serial number, fifteen of the date. */
const minEntryBytes = 20;
/** Kinds of extensions in one list: most entries have the same octets as thousands of others. */
const maxKnownExtensions = 256;

const reasonCode = '2.5.29.21';
const invalidityDate = '2.5.29.24';
const certificateIssuer = '2.5.29.29';

/**
 * Reads the entries between two offsets, in time and memory linear in their size.
 *
 * @param allowExtensions false for a list of version 1.
 * @throws CertificateError `certificate_malformed`; TrustDataError `crl_unsupported` where an entry
 *   has a critical extension that is not processed: such a list must not be used (RFC 5280 5.3).
 */
export function readEntries(
  source: Uint8Array,
  { start, end, allowExtensions }: { start: number; end: number; allowExtensions: boolean },
): CrlEntries {
  if (end > offsetLimit) throw malformed(0, 'CRL too large for its index');
  const index = new Float64Array(Math.ceil((end - start) / minEntryBytes));
  const expectExtensions = createExtensionCheck(source);
  let count = 0;
  scanEntries(source, start, end, (frame) => {
    if (frame.extensionsStart < frame.end) {
      if (!allowExtensions) throw malformed(frame.start, 'entry extensions in version 1');
      expectExtensions(frame.extensionsStart, frame.end);
    }
    index[count] = hashOf(source, frame.serialStart, frame.serialEnd) * offsetLimit + frame.start;
    count += 1;
  });
  return { source, index: index.subarray(0, count).toSorted() };
}

/**
 * The entry of a serial number, or undefined where there is none. Of several the first counts.
 *
 * @param serialNumber content octets in hex, as in `ClientCertificate`.
 */
export function findEntry(
  { source, index }: CrlEntries,
  serialNumber: string,
): CrlEntry | undefined {
  const serial = Buffer.from(serialNumber, 'hex');
  const hash = hashOf(serial, 0, serial.length);
  for (let at = firstAtLeast(index, hash * offsetLimit); at < index.length; at += 1) {
    const key = index[at] ?? 0;
    if (Math.floor(key / offsetLimit) !== hash) return undefined;
    const entry = readDerAt(source, key % offsetLimit, source.length);
    const [serialNode] = entry.children;
    if (serialNode === undefined || Buffer.compare(contentOf(serialNode), serial) !== 0) continue;
    return readEntry(source, key % offsetLimit);
  }
  return undefined;
}

function readEntry(source: Uint8Array, offset: number): CrlEntry {
  const [, date, extensionsNode] = readDerAt(source, offset, source.length).children;
  const extensions = extensionsNode === undefined ? [] : readExtensions(extensionsNode);
  const valueOf = (type: string): Uint8Array | undefined =>
    extensions.find((extension) => extension.type === type)?.value;
  const code = valueOf(reasonCode);
  const invalidity = valueOf(invalidityDate);
  return {
    revocationDate: timeOf(date, 'revocationDate'),
    reason: code === undefined ? 'unspecified' : readReason(readDer(code)),
    invalidityDate: invalidity && generalizedTimeOf(readDer(invalidity), 'invalidityDate'),
  };
}

/** Most entries have the same extensions, octet for octet; those are looked into once. */
function createExtensionCheck(source: Uint8Array): (start: number, end: number) => void {
  const known = new Set<string>();
  let lastStart = 0;
  let lastEnd = 0;
  return (start, end) => {
    if (sameOctets(source, start, end, lastStart, lastEnd)) return;
    lastStart = start;
    lastEnd = end;
    const text = Buffer.from(source.buffer, source.byteOffset + start, end - start).toString(
      'latin1',
    );
    if (known.has(text)) return;
    expectProcessable(readDerAt(source, start, end));
    if (known.size < maxKnownExtensions) known.add(text);
  };
}

function expectProcessable(extensions: DerNode): void {
  for (const { type, critical, value } of readExtensions(extensions)) {
    if (type === certificateIssuer) {
      throw new TrustDataError('crl_unsupported', 'an entry of an indirect CRL');
    }
    if (type === reasonCode) readReason(readDer(value));
    else if (type === invalidityDate) generalizedTimeOf(readDer(value), 'invalidityDate');
    else if (critical) {
      throw new TrustDataError('crl_unsupported', `critical entry extension ${type}`);
    }
  }
}

function sameOctets(
  source: Uint8Array,
  start: number,
  end: number,
  otherStart: number,
  otherEnd: number,
): boolean {
  if (end - start !== otherEnd - otherStart) return false;
  for (let offset = start, other = otherStart; offset < end; offset += 1, other += 1) {
    if (source[offset] !== source[other]) return false;
  }
  return true;
}

/**
 * FNV-1a, folded. Colliding serial numbers make a search slower, never a reading: the list is sorted,
 * and who could make them collide in number signs the list.
 */
function hashOf(source: Uint8Array, start: number, end: number): number {
  let hash = 0x811c9dc5;
  for (let offset = start; offset < end; offset += 1) {
    hash = Math.imul(hash ^ (source[offset] ?? 0), 0x01000193);
  }
  return (hash ^ (hash >>> hashBits)) & (2 ** hashBits - 1);
}

/** Position of the first number that is not below `wanted`. */
function firstAtLeast(sorted: Float64Array, wanted: number): number {
  let low = 0;
  for (let high = sorted.length; low < high;) {
    const middle = (low + high) >>> 1;
    if ((sorted[middle] ?? 0) < wanted) low = middle + 1;
    else high = middle;
  }
  return low;
}
