import assert from 'node:assert/strict';
import test from 'node:test';

import { UpstreamError } from '../../src/errors.ts';
import { createAnswerReader } from '../../src/upstream/answer-reader.ts';
import type { AnswerSink } from '../../src/upstream/answer-reader.ts';

interface Read {
  readonly status: number;
  readonly fields: readonly (readonly [string, string])[];
  readonly body: string;
  /** Undefined while the end has not come. */
  readonly isReusable: boolean | undefined;
}

/** What is read of these pieces as the answer to one request. */
function read(
  pieces: readonly string[],
  { method = 'GET', ends = false, isTls = false } = {},
): Read {
  let status = 0;
  let fields: Read['fields'] = [];
  let body = '';
  let isReusable: boolean | undefined;
  const sink: AnswerSink = {
    onHead: (head) => ({ status, fields } = head),
    onBody: (piece) => (body += piece.toString('latin1')),
    onEnd: ({ isPossible }) => (isReusable = isPossible),
  };
  const reader = createAnswerReader(sink, isTls);
  reader.begin(method);
  for (const piece of pieces) reader.take(Buffer.from(piece, 'latin1'));
  if (ends) reader.takeEnd();
  return { status, fields, body, isReusable };
}

function everySplit(text: string): readonly (readonly string[])[] {
  return [
    [text],
    text.split(''),
    ...Array.from({ length: text.length - 1 }, (_, at) => [
      text.slice(0, at + 1),
      text.slice(at + 1),
    ]),
  ];
}

const CHUNKED =
  'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nX-A: 1\r\n\r\n' +
  '5\r\nhello\r\n6;name="v"\r\n world\r\n0\r\nX-Trailer: dropped\r\n\r\n';

test('an answer is the same wherever the network cuts it', () => {
  const answers = [
    'HTTP/1.1 200 OK\r\nContent-Length: 11\r\nX-A:  1 \t\r\n\r\nhello world',
    `HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n${CHUNKED}`,
    CHUNKED,
  ];
  for (const answer of answers) {
    for (const pieces of everySplit(answer)) {
      const { status, body, isReusable, fields } = read(pieces);
      assert.deepEqual(
        { status, body, isReusable, a: fields.find(([name]) => name === 'X-A')?.[1] },
        { status: 200, body: 'hello world', isReusable: true, a: '1' },
        JSON.stringify(pieces),
      );
    }
  }
});

test('answers that have no body end with their head', () => {
  const head = (status: string): string => `HTTP/1.1 ${status}\r\nContent-Length: 5\r\n\r\n`;
  for (const [method, status] of [
    ['HEAD', '200 OK'],
    ['GET', '304 Not Modified'],
    ['GET', '204 No Content'],
  ] as const) {
    const { body, isReusable } = read([head(status)], { method });
    assert.deepEqual({ body, isReusable }, { body: '', isReusable: true }, status);
  }
});

test('an answer without a length lasts as long as its connection', () => {
  const pieces = ['HTTP/1.1 200 OK\r\n\r\nhello', ' world'];
  assert.equal(read(pieces).isReusable, undefined);
  const { body, isReusable } = read(pieces, { ends: true });
  assert.deepEqual({ body, isReusable }, { body: 'hello world', isReusable: false });
});

test('a connection is not used again where the upstream says so or says too much', () => {
  const answers = [
    'HTTP/1.1 200 OK\r\nConnection: x, Close\r\nContent-Length: 0\r\n\r\n',
    'HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n',
    'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\nHTTP/1.1 200 OK\r\n',
    'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokok',
    `${CHUNKED}x`,
  ];
  for (const answer of answers) assert.equal(read([answer]).isReusable, false, answer);
  const kept = 'HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 0\r\n\r\n';
  assert.equal(read([kept]).isReusable, true);
});

test('T54: what two readers could read differently is refused', () => {
  const ok = 'HTTP/1.1 200 OK\r\n';
  const chunked = `${ok}Transfer-Encoding: chunked\r\n\r\n`;
  const refused = [
    'HTTP/2 200 OK\r\n\r\n',
    'HTTP/1.1 2000 OK\r\n\r\n',
    'HTTP/1.1 099 OK\r\n\r\n',
    'HTTP/1.1 600 OK\r\n\r\n',
    'http/1.1 200 OK\r\n\r\n',
    ' HTTP/1.1 200 OK\r\n\r\n',
    '\r\nHTTP/1.1 200 OK\r\n\r\n',
    'HTTP/1.1 101 Switching Protocols\r\n\r\n',
    'HTTP/1.1 100 Continue\r\n\r\n'.repeat(9),
    `${ok}Content-Length : 2\r\n\r\nok`,
    `${ok} Content-Length: 2\r\n\r\nok`,
    `${ok}X: 1\r\n folded\r\n\r\n`,
    `${ok}X: 1\nContent-Length: 2\r\n\r\nok`,
    `${ok}X: 1\rContent-Length: 2\r\n\r\nok`,
    `${ok}X: \x00\r\n\r\n`,
    `${ok}no colon\r\n\r\n`,
    `${ok}: no name\r\n\r\n`,
    `${ok}Content-Length: 2\r\nContent-Length: 2\r\n\r\nok`,
    `${ok}Content-Length: 2, 2\r\n\r\nok`,
    `${ok}Content-Length: +2\r\n\r\nok`,
    `${ok}Content-Length: 0x2\r\n\r\nok`,
    `${ok}Content-Length: \r\n\r\nok`,
    `${ok}Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
    `${ok}Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n`,
    `${ok}Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
    `${ok}Transfer-Encoding: identity\r\n\r\nok`,
    'HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    ...['g', '-1', '+1', '0x1', ' 1', '1 ', '123456789', ''].map((size) => `${chunked}${size}\r\n`),
    `${chunked}1\nx\r\n0\r\n\r\n`,
    `${chunked}1\r\nxx\r\n0\r\n\r\n`,
    `${chunked}1\r\nx\n0\r\n\r\n`,
    `${chunked}1;${'x'.repeat(300)}`,
    `${chunked}0\r\nno trailer\r\n\r\n`,
    `${chunked}0\r\n${'X: 1\r\n'.repeat(4_000)}`,
    `${ok}X: ${'x'.repeat(17_000)}\r\n\r\n`,
    `${ok}X: ${'x'.repeat(17_000)}`,
  ];
  for (const answer of refused) {
    assert.throws(
      () => read([answer]),
      (error) => error instanceof UpstreamError && error.reason === 'upstream_answer_invalid',
      JSON.stringify(answer.slice(0, 120)),
    );
  }
});

test('an answer that is cut short is none', () => {
  for (const answer of [
    'HTTP/1.1 200 OK\r\n',
    'HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nok',
    CHUNKED.slice(0, -2),
  ]) {
    assert.throws(() => read([answer], { ends: true }), /closed the connection/, answer);
  }
});
