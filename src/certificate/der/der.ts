/**
 * A strict reader of DER (X.690 section 8 and 10). Whatever has a second spelling is refused, so
 * that no other reader of the same bytes can see something else in them.
 */

import { expectUniversalForm, malformed, octetAt } from './der-form.ts';

export { expectBitString, malformed, UNIVERSAL } from './der-form.ts';

export type TagClass = 'universal' | 'application' | 'context' | 'private';

/** One value and, where it is constructed, the values inside it. */
export interface DerNode {
  /** The whole input; the offsets count from its start. */
  readonly source: Uint8Array;
  readonly tagClass: TagClass;
  readonly tagNumber: number;
  readonly constructed: boolean;
  /** Offset of the identifier octet. */
  readonly start: number;
  readonly contentStart: number;
  /** Offset after the last content octet. */
  readonly end: number;
  /** Empty where `constructed` is false. */
  readonly children: readonly DerNode[];
}

/** No certificate in use comes near it, and it bounds the work on one. */
export const maxDerBytes = 65_536;

/** Bounds on one input. */
export interface DerLimits {
  readonly maxBytes: number;
  /** Values at every depth: an input made of tiny ones must not hold the event loop. */
  readonly maxValues: number;
}

const maxDepth = 32;
/** Ten times the values of a certificate. */
const certificateLimits: DerLimits = { maxBytes: maxDerBytes, maxValues: 4_096 };

const TAG_CLASSES: readonly TagClass[] = ['universal', 'application', 'context', 'private'];

/**
 * Reads exactly one value that fills the input. Time is linear in its length.
 *
 * @param limits those of a certificate where absent.
 * @throws CertificateError `certificate_malformed` naming the offset of the first violation.
 */
export function readDer(source: Uint8Array, limits: DerLimits = certificateLimits): DerNode {
  const { maxBytes, maxValues } = limits;
  if (source.length > maxBytes) {
    throw malformed(0, `${source.length} octets are more than ${maxBytes}`);
  }
  const node = readNode(source, 0, source.length, { depth: 0, maxValues, valuesLeft: maxValues });
  if (node.end !== source.length) throw malformed(node.end, 'octets follow the value');
  return node;
}

/**
 * Reads one value out of a larger input, from `start` and at most up to `limit`. What comes after it
 * is for the caller to account for.
 *
 * @param limits those of a certificate where absent, counted for this value alone.
 * @throws CertificateError `certificate_malformed`.
 */
export function readDerAt(
  source: Uint8Array,
  start: number,
  limit: number,
  limits: DerLimits = certificateLimits,
): DerNode {
  const { maxBytes, maxValues } = limits;
  const length = readHeader(source, start, limit).end - start;
  if (length > maxBytes) throw malformed(start, `${length} octets are more than ${maxBytes}`);
  return readNode(source, start, limit, { depth: 0, maxValues, valuesLeft: maxValues });
}

/**
 * The length in octets that the first value of the input claims to have, header included. Looks at
 * the header alone.
 *
 * @throws CertificateError `certificate_malformed` when the header breaks the rules of DER.
 */
export function claimedLength(source: Uint8Array): number {
  return readHeader(source, 0, source.length).end;
}

/** Where a value is and of which type; nothing of its content has been looked at. */
export type DerHeader = Omit<DerNode, 'source' | 'children'>;

/** How far the walk has come; one object for the whole walk. */
interface Walk {
  depth: number;
  readonly maxValues: number;
  valuesLeft: number;
}

function readNode(source: Uint8Array, start: number, limit: number, walk: Walk): DerNode {
  if (walk.depth > maxDepth) throw malformed(start, `nested more than ${maxDepth} deep`);
  walk.valuesLeft -= 1;
  if (walk.valuesLeft < 0) throw malformed(start, `more than ${walk.maxValues} values`);
  const header = readHeader(source, start, limit);
  const { tagClass, tagNumber, constructed, contentStart, end } = header;
  if (end > limit) throw malformed(start, 'the length runs past the end');
  if (tagClass === 'universal') expectUniversalForm(source, header);

  const children: DerNode[] = [];
  walk.depth += 1;
  for (let offset = contentStart; constructed && offset < end;) {
    const child = readNode(source, offset, end, walk);
    children.push(child);
    offset = child.end;
  }
  walk.depth -= 1;
  return { source, tagClass, tagNumber, constructed, start, contentStart, end, children };
}

/**
 * The header of the value at `start`, itself before `limit`; the content may run past it.
 *
 * @throws CertificateError `certificate_malformed`.
 */
export function readHeader(source: Uint8Array, start: number, limit: number): DerHeader {
  const identifier = octetAt(source, start, limit);
  const tagClass = TAG_CLASSES[identifier >> 6] ?? 'private';
  const constructed = (identifier & 0x20) !== 0;
  let tagNumber = identifier & 0x1f;
  let offset = start + 1;
  if (tagNumber === 0x1f) {
    tagNumber = 0;
    let octet: number;
    do {
      octet = octetAt(source, offset, limit);
      if (octet === 0x80 && tagNumber === 0) throw malformed(offset, 'tag number with padding');
      if (tagNumber >= 2 ** 21) throw malformed(offset, 'tag number too large');
      tagNumber = tagNumber * 128 + (octet & 0x7f);
      offset += 1;
    } while (octet >= 0x80);
    if (tagNumber < 0x1f) throw malformed(start, 'tag number not in its shortest form');
  }

  let length = octetAt(source, offset, limit);
  offset += 1;
  if (length >= 0x80) {
    const count = length & 0x7f;
    if (count === 0) throw malformed(offset - 1, 'indefinite length');
    if (count > 4) throw malformed(offset - 1, 'length too large');
    length = 0;
    for (const stop = offset + count; offset < stop; offset += 1) {
      length = length * 256 + octetAt(source, offset, limit);
    }
    if (length < 0x80 || length < 256 ** (count - 1)) {
      throw malformed(offset - count, 'length not in its shortest form');
    }
  }
  return { tagClass, tagNumber, constructed, start, contentStart: offset, end: offset + length };
}
