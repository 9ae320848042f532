/** All that clients send to make a gateway and the origin behind it disagree (T49 to T58). */

import {
  ODD_CHUNKS,
  ODD_EXPECTATIONS,
  ODD_FRAMING,
  ODD_HOSTS,
  ODD_TARGETS,
} from '../gateway/desync-shapes.ts';
import { oddCodings } from './odd-codings.ts';

/** Whoever takes this for a request of its own has been deceived. */
export const SMUGGLED_PATH = '/smuggled';

const SMUGGLED = `GET ${SMUGGLED_PATH} HTTP/1.1\r\nHost: localhost\r\n\r\n`;

/** Looks like the end of a chunked body with a request behind it. */
const HIDDEN = `0\r\n\r\n${SMUGGLED}`;

/** Each is one request. With `all` there are five thousand of them, and about three hundred without. */
export function desyncShapes({ all }: { readonly all: boolean }): readonly string[] {
  const codings = oddCodings({ all });
  return [
    ...codings.flatMap((coding, index) => {
      const shapes = codingShapes(coding);
      return all ? shapes : shapes.filter((_, way) => way === index % shapes.length);
    }),
    ...ODD_HOSTS,
    ...ODD_TARGETS,
    ...ODD_FRAMING,
    ...ODD_EXPECTATIONS,
    ...ODD_CHUNKS.map((body) => post('/chunks', ['Transfer-Encoding: chunked'], body)),
    ...FRAMED,
    ...UPGRADES,
    ...PATHS.map((path) => `GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`),
  ];
}

/** Where the coding counts the length must not, and the other way round. */
function codingShapes(coding: string): readonly string[] {
  return [
    post('/length', [coding, `Content-Length: ${HIDDEN.length}`], HIDDEN),
    post('/coding', [`Content-Length: 4`, coding], '1\r\nZ\r\n0\r\n\r\n'),
    post('/alone', [coding], `${chunk(HIDDEN)}0\r\n\r\n`),
  ];
}

/** Well framed, with bodies that look like something else. */
const FRAMED = [
  post('/a', ['Content-Length: 0']),
  post('/b', [`Content-Length: ${SMUGGLED.length}`], SMUGGLED),
  post('/c', ['Transfer-Encoding: chunked'], `${chunk(HIDDEN)}0\r\n\r\n`),
  post('/d', ['Transfer-Encoding: chunked'], `${chunk(SMUGGLED)}0\r\nX-Trailer: a\r\n\r\n`),
  post('/e', ['Transfer-Encoding: chunked'], `5;a=b\r\nhello\r\n00\r\n\r\n`),
  post('/f', [`Content-Length: ${SMUGGLED.length}`, 'Connection: content-length'], SMUGGLED),
  post(
    '/g',
    ['Transfer-Encoding: chunked', 'Connection: transfer-encoding'],
    `${chunk(SMUGGLED)}0\r\n\r\n`,
  ),
  post('/h', [`Content-Length: ${HIDDEN.length}`, 'Expect: 100-continue'], HIDDEN),
  post('/i', [`Content-Length: ${SMUGGLED.length}`, 'X-HTTP-Method-Override: GET'], SMUGGLED),
  ...['GET', 'DELETE', 'OPTIONS'].map(
    (method) =>
      `${method} /j HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${SMUGGLED.length}\r\n\r\n${SMUGGLED}`,
  ),
  `GET /k HTTP/1.0\r\nHost: localhost\r\nConnection: keep-alive\r\n\r\n`,
  `POST /l HTTP/1.0\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n${HIDDEN}`,
];

/** T55: other protocols, in which what follows is no request. */
const UPGRADES = [
  `CONNECT localhost:443 HTTP/1.1\r\nHost: localhost:443\r\n\r\n`,
  ...['websocket', 'h2c', 'TLS/1.0', 'foo'].map(
    (protocol) =>
      `GET /upgrade HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade, HTTP2-Settings\r\n` +
      `Upgrade: ${protocol}\r\nHTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA\r\n` +
      `Sec-WebSocket-Version: 777\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n`,
  ),
  'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
];

/** T57: paths that servers take for others. */
const PATHS = [
  '/p;x/y',
  '/p/%2e%2e/q',
  '/p/..;/q',
  '/p/../q',
  '/p/./q',
  '/p//q',
  '/p%2fq',
  '/p%5cq',
  '/p\\q',
  '/p%00',
  '/p%0d%0aX:%20y',
  '/p%20HTTP/1.1%0d%0a',
  '/p#q',
  '/p%23q',
  '/p%3fq',
  '/p%252e%252e',

  '/p?a=b/../c',
  '/p?%0d%0a',
  '/%',
  '/p%zz',
  '/p\xe9',
  '/p%c0%ae%c0%ae/',
  '/.',
  '/..',
  '//p',
  '/p/',
];

function post(path: string, fields: readonly string[], body = ''): string {
  return `POST ${path} HTTP/1.1\r\n${['Host: localhost', ...fields].join('\r\n')}\r\n\r\n${body}`;
}

function chunk(content: string): string {
  return `${content.length.toString(16)}\r\n${content}\r\n`;
}
