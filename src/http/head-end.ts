/** Where the head of a message ends: with the first empty line (RFC 9112 section 2.1). */

/** What a head ends with. */
export const HEAD_END = '\r\n\r\n';

const HEAD_END_BYTES = Buffer.from(HEAD_END);
const CR = 0x0d;
const LF = 0x0a;

/** In more octets Node is faster; to ask it costs as much as to read a short head. */
const MAX_SHORT_BYTES = 256;

/** The position of the first end of a head in these octets, or -1. */
export function headEndIn(octets: Buffer): number {
  return octets.length > MAX_SHORT_BYTES ? octets.indexOf(HEAD_END_BYTES) : shortHeadEnd(octets);
}

/** Looks where the last octet of an end may be: of four octets at one, where none is of a line end. */
function shortHeadEnd(octets: Buffer): number {
  for (let at = 3; at < octets.length;) {
    const octet = octets[at];
    if (octet === LF) {
      const isEnd = octets[at - 1] === CR && octets[at - 2] === LF && octets[at - 3] === CR;
      if (isEnd) return at - 3;
      at += 2;
    } else at += octet === CR ? 1 : 4;
  }
  return -1;
}
