/** Streams that one of our readers once read more laxly than Node's own, made small. */

import type { ComparisonName } from './comparisons.ts';
import type { Case } from './shrink.ts';

const OK = 'HTTP/1.1 200 OK\r\n';
const CHUNKED = `${OK}Transfer-Encoding: chunked\r\n\r\n`;

/** A tab behind the coding, which is then another one for Node. */
const REQUESTS: readonly Case[] = ['\t', '\t ', ' \t'].map((behind) =>
  whole(`POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked${behind}\r\n\r\n0\r\n\r\n`),
);

export const FOUND: Readonly<Record<ComparisonName, readonly Case[]>> = {
  requests: REQUESTS,
  'requests to the reader': REQUESTS,
  answers: [
    // Extensions of chunks that are none.
    ...[';', ';"', ';a="', ';a="b"c', '; a', ' ;a', ';a=\x80'].map((extension) =>
      whole(`${CHUNKED}1${extension}\r\nx\r\n0\r\n\r\n`),
    ),
    // Trailers that say where the body ends.
    whole(`${CHUNKED}0\r\nContent-Length:\r\n\r\n`),
    whole(`${CHUNKED}0\r\ncontent-length: 1\r\n\r\n`),
    {
      stream: `${CHUNKED}0\r\nConnection: close\r\n\r\n${OK}\r\n`,
      cuts: [71],
    },
    // A tab behind the coding, as above.
    ...['\t', '\t ', ' \t'].map((behind) =>
      whole(`${OK}Transfer-Encoding: chunked${behind}\r\n\r\n0\r\n\r\n`),
    ),
    // An informational answer that is the last, or has a length that is none.
    whole(`HTTP/1.0 199 \r\n\r\n${OK}\r\n`),
    whole(`HTTP/1.1 100 \r\nConnection: close\r\n\r\n${OK}\r\n`),
    whole(`HTTP/1.1 102 \r\nContent-Length:\r\n\r\n${OK}\r\n`),
    // A connection that is over.
    {
      stream: `${OK}Proxy-Connection: close\r\nContent-Length: 0\r\n\r\n${OK}\r\n`,
      cuts: [63],
    },
  ],
};

function whole(stream: string): Case {
  return { stream, cuts: [] };
}
