/** T53: requests of HTTP/2 that would be something else in HTTP/1.1, as frames; all are refused. */

import { FLAG, FRAME, frame, headers, request } from '../support/http2-frames.ts';

export const ODD_FRAMES: readonly (readonly Uint8Array[])[] = [
  [headers(1, request([['host', 'other']]))],
  [headers(1, request([], { path: '/ HTTP/1.1\r\nclient-cert: forged' }))],
  [headers(1, request([], { path: '/a b' }))],
  [headers(1, request([], { method: 'GET /x HTTP/1.1\r\n' }))],
  [headers(1, request([['transfer-encoding', 'chunked']]))],
  [headers(1, request([['connection', 'client-cert']]))],
  [headers(1, [...request(), [':path', '/other']])],
  [headers(1, request([['content-length', '5']]))],
  [
    headers(1, request([['content-length', '5']], { method: 'POST' }), 0),
    frame(FRAME.data, FLAG.endStream, 1, Buffer.from('abc')),
  ],
  [headers(1, request(Array.from({ length: 2_001 }, () => ['a', 'b'] as const)))],
];
