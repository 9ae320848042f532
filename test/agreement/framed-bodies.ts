/** Bodies and the fields that say where they end, which now and then say something else. */

import { mostly, oneOf } from './octets.ts';
import type { Random } from './octets.ts';

export interface Framed {
  readonly fields: readonly string[];
  readonly body: string;
}

/** What some take for the end of a line, or put in front of it. */
export const ENDS = '\n|\r|\r\r\n|\n\r| \r\n|\r\n\r\n|\0\r\n|\t\r\n';

/** They look like requests, like chunks, and like the end of either. */
const BODIES: readonly [string, ...string[]] = [
  ...(['hello', 'a=b&c=d', '', 'x', '\r\n', '0\r\n\r\n', '\0\0\0'] as const),
  '5\r\nhello\r\n0\r\n\r\n',
  'GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n',
  '0\r\n\r\nGET /smuggled HTTP/1.1\r\nX: ',
];

export function framed(random: Random): Framed {
  const content = oneOf(random, BODIES);
  const way = random(12);
  if (way < 3) return { fields: [lengthField(content.length, random)], body: content };
  if (way < 7) return { fields: [codingField(random)], body: chunked(content, random) };
  if (way < 8) return oddlyFramed(content, random);
  return { fields: [], body: mostly(random, '', 10, BODIES.join('|')) };
}

const LENGTHS = [
  '+%|-%|0%|00000000000000000000%|0x%|% |\t%|%\0|%.0|%e0|%,||%, %|% %|%;|"%"|%\v|% , |1%|%0|%\xa0',
  '18446744073709551616|9007199254740993|999999999999999999999|18446744073709551615|1e1|\xb2|5\r\n 0',
  '%\t |% \t|%  |\t %\t|chunked|0|1|%\r\nContent-Length: %|%\r\nContent-Length: 0|0\r\nContent-Length: %|%\t',
].join('|');

function lengthField(length: number, random: Random): string {
  const value = mostly(random, String(length), 3, LENGTHS);
  return `${fieldName('Content-Length', random)}${colon(random)}${value}`;
}

const CODINGS = [
  'Chunked|CHUNKED|chunKed| %|\t%|% |%\t|%,|, %|%, %|%, identity|identity, %|gzip, %|identity|gzip',
  '%, gzip|x%|%x|%;q=1|"%"|%\0|\v%|chun ked|%\r\n |\r\n %|chunke||%\xa0|trailers|%\r\nContent-Length: 3',
  '%\t |% \t|%\t\t|%\t \t|%  |\t %|%,\t|%\t,|%\r\nTransfer-Encoding: identity|identity\r\nTransfer-Encoding: %|%\r\nTransfer-Encoding: %|%,,| ,%',
].join('|');

function codingField(random: Random): string {
  const value = mostly(random, 'chunked', 3, CODINGS);
  return `${fieldName('Transfer-Encoding', random)}${colon(random)}${value}`;
}

function fieldName(name: string, random: Random): string {
  const usual = oneOf(random, [name, name, name.toLowerCase(), name.toUpperCase()]);
  const other = mostly(random, usual, 12, '% |%\t| %|\t%|X-%|%\0|%\v|%s|\0%|%%|\r\n%|%\r');
  return random(200) > 0 ? other : other.replace('-', oneOf(random, ['_', '', ' ', '--', '\xad']));
}

function colon(random: Random): string {
  return mostly(random, ': ', 12, ':|:\t|:  \t| : ||=|::|:\r\n |:\v|: \t |:\f|:\0|: \r\n\t');
}

/** Both ways of framing at once, twice the same, or one behind the other. */
function oddlyFramed(content: string, random: Random): Framed {
  const length = lengthField(content.length, random);
  const coding = codingField(random);
  const body = random(2) === 0 ? content : chunked(content, random);
  const fields = oneOf(random, [
    [length, coding],
    [coding, length],
    [length, length],
    [coding, coding],
    [length, `Content-Length: ${random(40)}`],
    [coding, 'Connection: Transfer-Encoding'],
    [length, 'Connection: content-length, close'],
    [length, 'Upgrade: websocket', 'Connection: Upgrade'],
    [coding, 'Upgrade: h2c', 'Connection: keep-alive, upgrade'],
    [coding, 'TE: chunked', 'Trailer: Content-Length'],
  ]);
  return { fields, body };
}

function chunked(content: string, random: Random): string {
  const cut = random(content.length + 1);
  const parts = random(3) === 0 ? [content.slice(0, cut), content.slice(cut)] : [content];
  const chunks = parts.filter((part) => part !== '').map((part) => chunk(part, random));
  return `${chunks.join('')}${lastChunk(random)}`;
}

const SIZES = [
  '0%|0000000000000000000%|0x%|+%|-%|% |%\t| %|\t%|%\0||g|%.|%\v|%h|%\r|1%|%0|%_|%\xa0',
  'ffffffffffffffff|10000000000000000|100000000|ffffffff|fffffffffffffff0',
].join('|');

const EXTENSIONS = [
  ';a|;a=b|;a="b"|; a = b|;|;;|;a=|;=b|;a="b|;a="\\""|;a="\r\n"| ;a|;\0|;\xff|;a\r|;a\n|;a=b;c|\t;a=b',
  `;a="b"c|;a="b" |;a=b |,a|=a|"|;a="\\\r\n"|;a='b|;a="\n"|;${'x'.repeat(300)}|;a="${'y'.repeat(300)}"`,
].join('|');

function chunk(part: string, random: Random): string {
  const size = mostly(random, part.length.toString(16), 6, SIZES);
  const extension = mostly(random, '', 4, EXTENSIONS);
  const end = mostly(random, '\r\n', 12, ENDS);
  return `${size}${extension}${end}${part}${mostly(random, '\r\n', 12, `|${ENDS}|x\r\n`)}`;
}

const TRAILERS = [
  'X: y\r\n|X: y\r\nZ: w\r\n|Content-Length: 5\r\n|Transfer-Encoding: chunked\r\n|X : y\r\n| X: y\r\n',
  'X\r\n|: y\r\n|X: y\n|X: y\r|X: \0\r\n|X: y\r\n z\r\n|Host: b\r\n|Content-Length: x\r\n|X:\r\n|X: \xff\r\n',
  'Upgrade: x\r\nConnection: upgrade\r\n|X: y\r\r\n|Connection: close\r\n|content-length:\r\n|Expect: x\r\n',
].join('|');

function lastChunk(random: Random): string {
  const zero = mostly(random, '0', 8, '00|000000000000000000||0 |-0|0x0|0;a|0;a="b"|1|0\t|0;');
  const trailer = mostly(random, '', 2, TRAILERS);
  return `${zero}${mostly(random, '\r\n', 12, ENDS)}${trailer}${mostly(random, '\r\n', 12, `|${ENDS}|x`)}`;
}
