/** Field lines that have nothing to do with the framing, or only seem to have. */

import { mostly, oneOf } from './octets.ts';
import type { Random } from './octets.ts';

const USUAL: readonly [string, ...string[]] = [
  ...(['X-A: b', 'X-A:b', 'X-A:', 'X-A: ', 'X-A: b ', 'X-A: b\t', 'Accept: */*'] as const),
  'X-A: \x80\xff',
  "!#$&'*+-.^_`~0: b",
  'Connection: keep-alive',
  'X-A:\t\tb\tc  ',
];

const WEB_SOCKET =
  'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n' +
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==';

/** What servers treat specially, and what some take for two fields, or for none. */
const ODD = [
  WEB_SOCKET,
  'Connection: close|Connection: keep-alive|Connection: x, close|Connection: close, keep-alive',
  'Proxy-Connection: close|Keep-Alive: timeout=5|Connection:|Connection: , ,|CONNECTION: CLOSE',
  'Connection: close;a|Connection: a close|Connection: close a|Connection:\tclose|Connection: close\t ',
  'Connection: close\t, a|Proxy-Connection: Close ,a|Connection:\tupgrade\r\nUpgrade: x|Connection: clos',
  'Connection: upgrade\t \r\nUpgrade: x|Connection: a upgrade\r\nUpgrade: x|Connection: upgrade\r\nUpgrade:',
  'Proxy-Connection: upgrade\r\nUpgrade: x|Connection: upgrade;a\r\nUpgrade: x|Connection: a,upgrade ,b\r\nUpgrade: x',
  'Expect: 100-continue|Expect: x|Expect:|Connection: upgrade\r\nUpgrade: websocket|Upgrade: h2c',
  'Connection: upgrade|Upgrade:|X-A: b\r\n c|X-A: b\r\n\tc|X-A\r\n: b|X-A : b|X-A\t: b| X-A: b',
  '\tX-A: b|X A: b|X-A: b\nX-B: c|X-A: b\rX-B: c|X-A: \0|X-A: \x01|X-A: \x7f|X-A: b\v|X-A: \x1b',
  'X-A|:|: b||X(A): b|X"A": b|X\xc4: b|X\0: b|X/A: b|X{A}: b|[X]: b|X;A: b|X\x7f: b|X@A: b|X=A: b',
  '__proto__: a|constructor: b|Host: b|HTTP/1.1 200 OK|GET / HTTP/1.1|Content-Length|1: 2|\r|\n|\r ',
].join('|');

/** Up to two of them; most are such as everybody sends. */
export function someFields(random: Random): readonly string[] {
  return Array.from({ length: random(3) }, () =>
    random(60) === 0
      ? `X-${'a'.repeat(random(600))}: ${'b'.repeat(random(18_000))}`
      : mostly(random, oneOf(random, USUAL), 6, ODD),
  );
}
