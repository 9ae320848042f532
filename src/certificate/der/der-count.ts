/** Small numbers in DER: lengths of paths, counts of certificates. */

import { malformed } from './der.ts';
import type { DerNode } from './der.ts';
import { contentOf, expectUniversal } from './der-value.ts';

/** What is larger bounds nothing; keeping it apart from the exact number changes no decision. */
const maxCount = 2 ** 31 - 1;

/**
 * An INTEGER (0..MAX); at most 2^31 - 1 is returned.
 *
 * @throws CertificateError `certificate_malformed`, as both functions here.
 */
export function countOf(node: DerNode | undefined, what: string): number {
  return countIn(expectUniversal(node, 'integer', what), what);
}

/** The same behind an implicit tag, where the walk could not check the form. */
export function implicitCountOf(node: DerNode, what: string): number {
  const [first, second = 0xff] = contentOf(node);
  if (node.constructed || first === undefined) throw malformed(node.start, `${what} is no number`);
  if (first === 0x00 && node.end - node.contentStart > 1 && second < 0x80) {
    throw malformed(node.start, `${what} is not in its shortest form`);
  }
  return countIn(node, what);
}

function countIn(node: DerNode, what: string): number {
  const octets = contentOf(node);
  if ((octets[0] ?? 0) >= 0x80) throw malformed(node.start, `${what} is negative`);
  let count = 0;
  for (const octet of octets) count = Math.min(count * 256 + octet, maxCount);
  return count;
}
