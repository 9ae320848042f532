/**
 * Runs over the entries of a CRL without making objects: a list can have hundreds of thousands. The
 * rules are those of der.ts; what one entry says is read when it is asked for.
 */

import { expectInteger, malformed, octetAt, UNIVERSAL } from '../der/der-form.ts';

const sequenceTag = 0x30;
/** Fifty times what entries have; bounds the work of reading one. */
const maxEntryBytes = 4_096;

/** Where an entry and its fields are. One object for the whole run, overwritten for each entry. */
export interface EntryFrame {
  start: number;
  end: number;
  serialStart: number;
  serialEnd: number;
  /** Equal to `end` where the entry has no extensions. */
  extensionsStart: number;
}

/** Where the content of the value last opened is. */
interface Content {
  start: number;
  end: number;
}

/**
 * Calls back for each entry of the list (`revokedCertificates`, RFC 5280 section 5.1.2.6).
 *
 * @param start offset of the first entry, `end` after the last one.
 * @throws CertificateError `certificate_malformed`.
 */
export function scanEntries(
  source: Uint8Array,
  start: number,
  end: number,
  onEntry: (frame: Readonly<EntryFrame>) => void,
): void {
  const frame: EntryFrame = { start, end: start, serialStart: 0, serialEnd: 0, extensionsStart: 0 };
  const content: Content = { start: 0, end: 0 };
  for (let offset = start; offset < end; offset = frame.end) {
    openValue(source, sequenceTag, offset, end, content);
    frame.start = offset;
    frame.end = content.end;
    if (frame.end - offset > maxEntryBytes) throw malformed(offset, 'CRL entry too large');

    openValue(source, UNIVERSAL.integer, content.start, frame.end, content);
    // Numbers that RFC 5280 forbids (negative, zero, too long) are let pass: no certificate that we
    // read has one, and a CA's old sins must not make its whole list useless.
    expectInteger(source, content.start, content.end);
    frame.serialStart = content.start;
    frame.serialEnd = content.end;

    const isUtcTime = source[content.end] === UNIVERSAL.utcTime;
    const timeTag = isUtcTime ? UNIVERSAL.utcTime : UNIVERSAL.generalizedTime;
    openValue(source, timeTag, content.end, frame.end, content);
    expectTime(source, content.start, content.end, isUtcTime);

    frame.extensionsStart = content.end;
    if (content.end === frame.end) {
      onEntry(frame);
      continue;
    }
    openValue(source, sequenceTag, content.end, frame.end, content);
    if (content.end !== frame.end) throw malformed(content.end, 'CRL entry with extra fields');
    onEntry(frame);
  }
}

/** Opens a value of a known type; its length is checked as strictly as in der.ts. */
function openValue(
  source: Uint8Array,
  tag: number,
  offset: number,
  limit: number,
  content: Content,
): void {
  if (offset >= limit || source[offset] !== tag) {
    throw malformed(offset, 'CRL entry that is not serial number, date and extensions');
  }
  let length = octetAt(source, offset + 1, limit);
  let start = offset + 2;
  if (length >= 0x80) {
    const count = length & 0x7f;
    if (count === 0 || count > 4) throw malformed(offset, 'indefinite or too large length');
    length = 0;
    for (const stop = start + count; start < stop; start += 1) {
      length = length * 256 + octetAt(source, start, limit);
    }
    if (length < 0x80 || length < 256 ** (count - 1)) {
      throw malformed(offset, 'length not in its shortest form');
    }
  }
  if (start + length > limit) throw malformed(offset, 'the length runs past the end');
  content.start = start;
  content.end = start + length;
}

/** The forms that `timeOf` in der-value.ts takes, on octets. */
function expectTime(source: Uint8Array, start: number, end: number, isUtcTime: boolean): void {
  const yearDigits = isUtcTime ? 2 : 4;
  if (end - start !== yearDigits + 11 || source[end - 1] !== 0x5a) {
    throw malformed(start, 'revocation date in another form than RFC 5280 gives it');
  }
  let year = numberAt(source, start, yearDigits);
  if (isUtcTime) year += year < 50 ? 2000 : 1900;
  else if (year < 2050) throw malformed(start, 'revocation date before 2050 is not a UTCTime');
  const rest = start + yearDigits;
  const month = numberAt(source, rest, 2);
  const day = numberAt(source, rest + 2, 2);
  const exists =
    month >= 1 &&
    month <= 12 &&
    day >= 1 &&
    day <= daysOf(year, month) &&
    numberAt(source, rest + 4, 2) < 24 &&
    numberAt(source, rest + 6, 2) < 60 &&
    numberAt(source, rest + 8, 2) < 60;
  if (!exists) throw malformed(start, 'revocation date does not exist');
}

function daysOf(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

function numberAt(source: Uint8Array, start: number, digits: number): number {
  let value = 0;
  for (let offset = start; offset < start + digits; offset += 1) {
    const digit = (source[offset] ?? 0) - 0x30;
    if (digit < 0 || digit > 9) throw malformed(offset, 'revocation date with another character');
    value = value * 10 + digit;
  }
  return value;
}
