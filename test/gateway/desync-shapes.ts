/** Requests that servers have read differently, as clients send them; all are refused. */

/** T50: hosts that are none, or more than one. */
export const ODD_HOSTS: readonly string[] = [
  'Host: localhost\r\nHost: localhost',
  'Host: localhost\r\nhOST: other',
  'Host: localhost, other',
  'Host: localhost other',
  'Host: user@localhost',
  'Host: user:secret@localhost',
  'Host: localhost/x',
  'Host: localhost#x',
  'Host: localhost:99999',
  'Host: localhost:44 3',
  'Host:',
  'X: y',
].map((host) => `GET / HTTP/1.1\r\n${host}\r\n\r\n`);

/** T51: targets that name anything but the host. */
export const ODD_TARGETS: readonly string[] = [
  'https://other/',
  'https://localhost:1/',
  'http://localhost/',
  'ftp://localhost/',
  'https://user@localhost/',
  'https://localhost@other/',
  'https://other@localhost/',
  'https://localhost#@other/',
  'https://localhost\\@other/',
  'https://localhost\\.other/',
  'https://localhost%2eother/',
  'https:///localhost/',
  'https:localhost/',
  '//localhost\\other',
  'localhost:443',
  '*',
].map((target) => `GET ${target} HTTP/1.1\r\nHost: localhost\r\n\r\n`);

/** T52: heads of which it is not clear where they, or their bodies, end. */
export const ODD_FRAMING: readonly string[] = [
  ...[
    'Content-Length: +5',
    'Content-Length: -5',
    'Content-Length: 5, 5',
    'Content-Length: 5 5',
    'Content-Length: 0x5',
    'Content-Length: 5\r\nContent-Length: 6',
    'Content-Length: 5\r\nContent-Length: 5',
    'Content-Length: 5\r\nTransfer-Encoding: chunked',
    'Transfer-Encoding: chunked\r\nContent-Length: 5',
    'Transfer-Encoding: identity',
    'Transfer-Encoding: chunked, identity',
    'Transfer-Encoding: gzip, chunked',
    'Transfer-Encoding: chunked, chunked',
    'Transfer-Encoding: chunked\r\nTransfer-Encoding: identity',
    'Transfer-Encoding: xchunked',
    'Transfer-Encoding: \x0bchunked',
    'Transfer-Encoding: "chunked"',
    'Transfer-Encoding:\r\n chunked',
    'Transfer-Encoding : chunked',
    'Content-Length : 5',
    'X-A: b\r\n c',
    ' X-A: b',
    'X-A: b\nTransfer-Encoding: chunked',
    'X-A: b\rTransfer-Encoding: chunked',
    'X-A: b\0c',
    'X A: b',
    'X-A',
  ].map((fields) => `POST /x HTTP/1.1\r\nHost: localhost\r\n${fields}\r\n\r\n`),
  'POST /x HTTP/1.1\nHost: localhost\n\n',
  'POST /x HTTP/1.1\rHost: localhost\r\r',
  'POST /x HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\n\r\n',
  'POST /x HTTP/1.1 \r\nHost: localhost\r\n\r\n',
  'POST /x\tHTTP/1.1\r\nHost: localhost\r\n\r\n',
  'POST /x HTTP/1.10\r\nHost: localhost\r\n\r\n',
  'POST /x\r\nHost: localhost\r\n\r\n',
];

/** T52: chunked bodies that are none. */
export const ODD_CHUNKS: readonly string[] = [
  'g\r\nhello\r\n0\r\n\r\n',
  '-5\r\nhello\r\n0\r\n\r\n',
  '+5\r\nhello\r\n0\r\n\r\n',
  '0x5\r\nhello\r\n0\r\n\r\n',
  '5 \r\nhello\r\n0\r\n\r\n',
  '5\nhello\r\n0\r\n\r\n',
  '5\r\nhello0\r\n\r\n',
  '5\r\nhelloX\r\n0\r\n\r\n',
  '5\r\nhello\n0\r\n\r\n',
  `5;${'x'.repeat(20_000)}\r\nhello\r\n0\r\n\r\n`,
  'fffffffffffffffff\r\nhello\r\n0\r\n\r\n',
];

/** T56: expectations that nobody can meet. */
export const ODD_EXPECTATIONS: readonly string[] = [
  '100-continued',
  '200-ok',
  '100-continue, x',
  '100-continue\r\nExpect: x',
].map(
  (value) => `POST /x HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\nExpect: ${value}\r\n\r\n`,
);
