import assert from 'node:assert/strict';
import { test } from 'node:test';

import { createRequestLine } from '../../src/telemetry/request-line.ts';
import { THUMBPRINT, requestRecord } from './records.ts';

const HEAD = '{"level":"info","time":"2026-11-21T09:30:00.000Z"';

const ODD = ['public', 'a"b', 'a\nb', '\\', '\u009b', '漢', '\ud800', '\ufffd', '', '__proto__'];
const LONG = ['x', '"', '\u0001'].flatMap((char) => [char.repeat(64), char.repeat(65)]);
const VALUES = [...ODD, ...LONG, 'x'.repeat(9_000)];

test('a value is written the same way however often it came before', () => {
  const lineOf = createRequestLine();
  for (const value of [...VALUES, ...VALUES]) {
    const record = requestRecord({
      listener: value,
      peerAddress: value,
      certificate: { outcome: 'trusted', thumbprint: value },
    });
    assert.equal(lineOf(record, HEAD), createRequestLine()(record, HEAD));
  }
});

test('a line of long texts has the bound of all lines, also where its values are known', () => {
  const lineOf = createRequestLine();
  const long = '\u0001'.repeat(9_000);
  const wide = '\u0001'.repeat(64);
  const record = requestRecord({
    requestId: long,
    traceId: long,
    spanId: long,
    listener: wide,
    peerAddress: wide,
    path: long,
    clientId: long,
    grantType: long,
    user: long,
    detail: long,
    certificate: { outcome: 'trusted', thumbprint: wide },
  });
  const first = lineOf(record, HEAD);
  assert.ok(Buffer.byteLength(first) <= 4_096);
  assert.equal((JSON.parse(first) as { cut?: boolean }).cut, true);
  assert.equal(lineOf(record, HEAD), first);
});

test('more peers than are kept have their own address each', () => {
  const lineOf = createRequestLine();
  for (let round = 0; round < 2; round += 1) {
    for (let number = 0; number < 2_500; number += 1) {
      const peerAddress = `2001:db8::${number.toString(16)}`;
      const line = JSON.parse(lineOf(requestRecord({ peerAddress }), HEAD)) as object;
      assert.deepEqual({ ...line }, { ...line, peer: peerAddress, thumbprint: THUMBPRINT });
    }
  }
});
