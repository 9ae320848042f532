/** Which octet may stand where in the head of a request: every octet in every kind of place. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startMemoryEngine } from './memory-engine.ts';

const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]$/;
const NEVER = /^(?!)/;

interface Place {
  readonly title: string;
  /** With `@` in the place. */
  readonly request: string;
  readonly allowed: RegExp;
}

const PLACES: readonly Place[] = [
  { title: 'before the request', request: '@GET / HTTP/1.1\r\nHost: a\r\n', allowed: NEVER },
  { title: 'in the method', request: 'G@ET / HTTP/1.1\r\nHost: a\r\n', allowed: NEVER },
  {
    title: 'in the place of the first space',
    request: 'GET@/ HTTP/1.1\r\nHost: a\r\n',
    allowed: / /,
  },
  { title: 'behind the first space', request: 'GET @/ HTTP/1.1\r\nHost: a\r\n', allowed: /^\/$/ },
  {
    title: 'in the path',
    request: 'GET /a@b HTTP/1.1\r\nHost: a\r\n',
    allowed: /^[!$&'()*+,\-./0-9:;=?@A-Z[\]^_`a-z{|}~]$/,
  },
  { title: 'in the query', request: 'GET /a?b@ HTTP/1.1\r\nHost: a\r\n', allowed: /^[!"$-~]$/ },
  { title: 'before the version', request: 'GET / @HTTP/1.1\r\nHost: a\r\n', allowed: NEVER },
  { title: 'in the version', request: 'GET / HTTP/1.@\r\nHost: a\r\n', allowed: /^[01]$/ },
  { title: 'behind the version', request: 'GET / HTTP/1.1@\r\nHost: a\r\n', allowed: NEVER },
  { title: 'at the start of a line', request: field('@X: b'), allowed: TOKEN },
  { title: 'in a name', request: field('X@A: b'), allowed: /^(?:[!#$%&'*+.^_`|~0-9A-Za-z-]|:)$/ },
  {
    title: 'before a colon',
    request: field('X@: b'),
    allowed: /^(?:[!#$%&'*+.^_`|~0-9A-Za-z-]|:)$/,
  },
  { title: 'in the place of a colon', request: field('X@b'), allowed: /^:$/ },
  { title: 'behind a colon', request: field('X:@b'), allowed: /^[\t\x20-\x7e\x80-\xff]$/ },
  { title: 'in a value', request: field('X: a@b'), allowed: /^[\t\x20-\x7e\x80-\xff]$/ },
  { title: 'at the end of a value', request: field('X: a@'), allowed: /^[\t\x20-\x7e\x80-\xff]$/ },
  { title: 'in the place of a CR', request: 'GET / HTTP/1.1\r\nHost: a@\nX: b\r\n', allowed: /\r/ },
  {
    title: 'in the place of an LF',
    request: 'GET / HTTP/1.1\r\nHost: a\r@X: b\r\n',
    allowed: /\n/,
  },
  { title: 'behind a length', request: field('Content-Length: 0@'), allowed: /^[0 ]$/ },
  { title: 'before a length', request: field('Content-Length:@0'), allowed: /^[ 0]$/ },
  { title: 'in a host', request: 'GET / HTTP/1.1\r\nHost: a@b\r\n', allowed: /^[0-9A-Za-z._-]$/ },
];

function field(line: string): string {
  return `POST / HTTP/1.1\r\nHost: a\r\n${line}\r\n`;
}

/** A length that is announced has to be sent. */
const BODY = '0123456789'.repeat(10);

for (const { title, request, allowed } of PLACES) {
  test(`T52: an octet ${title} is taken only where the grammar has it, however the bytes come`, async (t) => {
    const engine = startMemoryEngine(t);
    const [before = '', behind = ''] = request.split('@');
    const octets = Array.from({ length: 256 }, (_, code) => String.fromCharCode(code));
    await Promise.all(
      octets.map(async (octet) => {
        const rest = `${behind}Connection: close\r\n\r\n`;
        const ways = [[`${before}${octet}${rest}${BODY}`], [before, octet, `${rest}${BODY}`]];
        const isDigit = title.endsWith('a length') && /[1-9]/.test(octet);
        for (const pieces of ways) {
          const answer = await engine.send(...pieces);
          const isTaken = answer.startsWith('HTTP/1.1 200 ');
          const shown = `${octet.charCodeAt(0)} in ${pieces.length} pieces: ${answer.slice(0, 60)}`;
          assert.equal(isTaken, isDigit || allowed.test(octet), shown);
          if (!isTaken) assert.match(answer, /^HTTP\/1\.1 (?:400|505) /, shown);
        }
      }),
    );
  });
}
