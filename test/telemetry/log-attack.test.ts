import assert from 'node:assert/strict';
import { test } from 'node:test';

import type { Reason } from '../../src/errors.ts';
import { createTelemetry } from '../../src/telemetry/telemetry.ts';
import type { Telemetry } from '../../src/telemetry/telemetry.ts';
import { KeptText, completedHandshake, failedHandshake, requestRecord } from './records.ts';

const LONG = 65_536;
const ATTACKS: readonly string[] = [
  'a\nb',
  'a\r\n{"level":"info","msg":"request","decision":"allowed"}',
  '","decision":"allowed","x":"',
  '\\","decision":"allowed","x":"\\',
  '\u001b[2J\u001b]0;title\u0007',
  '\u009b31m\u0085\u2028\u2029',
  '\u202e\u2066\u200f\ufeff',
  '\u0000\u007f\b\t\f\v',
  '\ud800 lone \udfff',
  '%s %d %o %j %%',
  '\n'.repeat(LONG),
  '\u001b'.repeat(LONG),
  '\u0000'.repeat(LONG),
  '"'.repeat(LONG),
  '\\'.repeat(LONG),
  'a'.repeat(LONG),
  '\u009b'.repeat(LONG),
  '漢'.repeat(LONG),
  '😀'.repeat(LONG),
  '\udc00'.repeat(LONG),
  '-----BEGIN '.repeat(LONG / 8),
  'token='.repeat(LONG / 8),
  'eyJ'.repeat(LONG / 4),
];

/** One line for each way in which foreign text gets to the log. */
const WAYS: readonly ((telemetry: Telemetry, text: string) => void)[] = [
  (telemetry, text) =>
    telemetry.request(
      requestRecord({
        requestId: text,
        listener: text,
        peerAddress: text,
        method: text,
        path: `/${text}`,
        clientId: text,
        detail: text,
        decision: 'refused',
        reason: text as Reason,
        certificate: { outcome: 'untrusted', reason: text as Reason, thumbprint: text },
      }),
    ),
  (telemetry, text) => telemetry.events(failedHandshake({ peerAddress: text, detail: text })),
  (telemetry, text) =>
    telemetry.events(completedHandshake({ peerAddress: text, tlsProtocol: text })),
  (telemetry, text) =>
    telemetry.events({
      kind: 'connection_refused',
      listener: text,
      peerAddress: text,
      reason: 'request_malformed',
      detail: text,
    }),
  (telemetry, text) => telemetry.log('error', text, { [text]: text, more: text, count: 1 }),
  (telemetry, text) =>
    telemetry.log(
      'info',
      'many fields',
      Object.fromEntries(Array.from({ length: 1_000 }, (_, number) => [`f${number}`, text])),
    ),
];

/** All that could end a line, move a cursor, hide text or turn its direction; not the line feed. */
const HARMFUL =
  // oxlint-disable-next-line no-control-regex -- these characters are what is looked for
  /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/;

for (const isTTY of [false, true]) {
  const form = isTTY ? 'readable' : 'JSON';
  test(`hostile text gives one bounded, harmless ${form} line for each event`, async (t) => {
    const stream = new KeptText({ isTTY });
    const telemetry = createTelemetry({
      level: 'debug',
      stream,
      version: '0.0.0',
      coloured: false,
    });
    t.after(() => telemetry.close());
    for (const text of ATTACKS) {
      for (const tell of WAYS) tell(telemetry, text);
      // Lets the batch go out: what is tested is the text, not the bound of the queue.
      await new Promise(setImmediate);
    }
    await telemetry.close();
    const lines = stream.lines();
    assert.equal(lines.length, ATTACKS.length * WAYS.length);
    assert.ok(stream.text.isWellFormed());
    for (const line of lines) {
      assert.ok(Buffer.byteLength(line) + 1 <= 4_096, `${Buffer.byteLength(line)} bytes`);
      assert.doesNotMatch(line, HARMFUL);
    }
    if (isTTY) return;
    for (const { level, time, msg, decision } of stream.json()) {
      assert.ok(typeof level === 'string' && typeof time === 'string' && typeof msg === 'string');
      assert.ok(decision === undefined || decision === 'refused');
    }
  });
}

test('fields that find no room are named as cut', async (t) => {
  const stream = new KeptText();
  const telemetry = createTelemetry({ level: 'info', stream, version: '0.0.0' });
  t.after(() => telemetry.close());
  const fields = Object.fromEntries(
    Array.from({ length: 200 }, (_, n) => [`f${n}`, 'x'.repeat(99)]),
  );
  telemetry.log('info', 'many', fields);
  await telemetry.close();
  const [line = {}] = stream.json();
  assert.equal(line['cut'], true);
  assert.equal(line['f0'], 'x'.repeat(99));
});
