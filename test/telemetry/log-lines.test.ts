import assert from 'node:assert/strict';
import { test } from 'node:test';

import type { NoticeEvent } from '../../src/telemetry/events.ts';
import { createTelemetry } from '../../src/telemetry/telemetry.ts';
import type { Telemetry } from '../../src/telemetry/telemetry.ts';
import {
  KeptText,
  THUMBPRINT,
  completedHandshake,
  failedHandshake,
  requestRecord,
} from './records.ts';

function telemetryTo(stream: KeptText, level: NoticeEvent['level'] = 'info'): Telemetry {
  return createTelemetry({ level, stream, version: '0.0.0' });
}

test('a request is one line of JSON with everything that was decided about it', async (t) => {
  const stream = new KeptText();
  const telemetry = telemetryTo(stream);
  t.after(() => telemetry.close());
  telemetry.request(
    requestRecord({
      status: 401,
      decision: 'refused',
      reason: 'certificate_expired',
      detail: 'ended yesterday',
      outcome: 'refused_upstream',
      certificate: {
        outcome: 'untrusted',
        reason: 'certificate_expired',
        thumbprint: THUMBPRINT,
      },
    }),
  );
  await telemetry.close();
  const [{ time, ...line } = {}, ...others] = stream.json();
  assert.equal(others.length, 0);
  assert.match(String(time), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  assert.deepEqual(line, {
    level: 'info',
    request_id: 'r-1',
    listener: 'public',
    peer: '192.0.2.7',
    protocol: 'http/1.1',
    method: 'POST',
    path: '/oauth2/token',
    route: 'token',
    status: 401,
    duration_ms: 4.2,
    bytes: 123,
    client_id: 'client-1',
    thumbprint: THUMBPRINT,
    certificate: 'untrusted',
    certificate_reason: 'certificate_expired',
    decision: 'refused',
    reason: 'certificate_expired',
    outcome: 'refused_upstream',
    delivery: 'sent',
    detail: 'ended yesterday',
    msg: 'request',
  });
});

test('failures and broken deliveries are warnings, refusals are not', async (t) => {
  const stream = new KeptText();
  const telemetry = telemetryTo(stream);
  t.after(() => telemetry.close());
  telemetry.request(requestRecord());
  telemetry.request(requestRecord({ decision: 'refused', reason: 'client_unknown' }));
  telemetry.request(requestRecord({ decision: 'failed', reason: 'upstream_timeout' }));
  telemetry.request(requestRecord({ delivery: 'broken' }));
  telemetry.request(requestRecord({ delivery: 'client_gone' }));
  await telemetry.close();
  assert.deepEqual(
    stream.json().map(({ level }) => level),
    ['info', 'info', 'warn', 'warn', 'info'],
  );
});

test('handshakes that fail and connections that are refused have a line', async (t) => {
  const stream = new KeptText();
  const telemetry = telemetryTo(stream);
  t.after(() => telemetry.close());
  telemetry.events(completedHandshake());
  telemetry.events(failedHandshake());
  telemetry.events({
    kind: 'connection_refused',
    listener: 'public',
    peerAddress: '192.0.2.7',
    reason: 'request_malformed',
    status: 400,
    detail: 'HPE_INVALID_METHOD',
  });
  await telemetry.close();
  assert.deepEqual(
    stream.json().map(({ level, msg, peer, reason, status }) => [level, msg, peer, reason, status]),
    [
      ['info', 'handshake failed', '192.0.2.7', 'handshake_reset', undefined],
      ['info', 'connection refused', '192.0.2.7', 'request_malformed', 400],
    ],
  );
});

test('completed handshakes have a line at level debug', async (t) => {
  const stream = new KeptText();
  const telemetry = telemetryTo(stream, 'debug');
  t.after(() => telemetry.close());
  telemetry.events(completedHandshake());
  await telemetry.close();
  const [line = {}] = stream.json();
  assert.equal(line['level'], 'debug');
  assert.equal(line['protocol'], 'TLSv1.3');
  assert.equal(line['certificate'], 'none');
});

test('lines below the level are not written', async (t) => {
  const stream = new KeptText();
  const telemetry = telemetryTo(stream, 'warn');
  t.after(() => telemetry.close());
  telemetry.request(requestRecord());
  telemetry.log('info', 'not this');
  telemetry.log('warn', 'this');
  await telemetry.close();
  assert.deepEqual(
    stream.json().map(({ msg }) => msg),
    ['this'],
  );
});

test('a notice can not overwrite what the line says of itself', async (t) => {
  const stream = new KeptText();
  const telemetry = telemetryTo(stream);
  t.after(() => telemetry.close());
  telemetry.log('info', 'listening', { level: 'error', msg: 'other', time: 'never', port: 9443 });
  await telemetry.close();
  const [line = ''] = stream.lines();
  assert.equal(line.match(/"(level|msg|time)":/g)?.length, 3);
  const { level, msg, level_: theirs, port } = JSON.parse(line) as Record<string, unknown>;
  assert.deepEqual([level, msg, theirs, port], ['info', 'listening', 'error', 9443]);
});

test('at a terminal a line is readable, led by method, path and status', async (t) => {
  const stream = new KeptText({ isTTY: true });
  const telemetry = createTelemetry({ level: 'info', stream, version: '0.0.0', coloured: false });
  t.after(() => telemetry.close());
  telemetry.request(requestRecord({ clientId: 'two words', detail: 'a "quote"' }));
  telemetry.log('error', 'store failed', { path: 'data/x.sqlite' });
  await telemetry.close();
  const [request = '', notice = ''] = stream.lines();
  assert.match(request, /^\S+Z INFO  request POST \/oauth2\/token 200 request_id=r-1 /);
  assert.ok(request.includes(' client_id="two words" '));
  assert.ok(request.endsWith(' detail="a \\"quote\\""'));
  assert.match(notice, /^\S+Z ERROR store failed path=data\/x\.sqlite$/);
});

test('colours stand only where they are wanted', async (t) => {
  for (const [isTTY, coloured, expected] of [
    [true, true, true],
    [true, false, false],
    [false, true, false],
  ] as const) {
    const stream = new KeptText({ isTTY });
    const telemetry = createTelemetry({ level: 'info', stream, version: '0.0.0', coloured });
    t.after(() => telemetry.close());
    telemetry.log('info', 'text');
    await telemetry.close();
    assert.equal(stream.text.includes('\u001b['), expected);
  }
});
