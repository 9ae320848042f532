import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TestContext } from 'node:test';

import type { TelemetryEvent } from '../../src/telemetry/events.ts';
import { LINES_PER_SECOND, createRefusalLines } from '../../src/telemetry/refusal-lines.ts';
import type { RefusalLines } from '../../src/telemetry/refusal-lines.ts';

function start(t: TestContext): { lines: RefusalLines; written: TelemetryEvent[] } {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const written: TelemetryEvent[] = [];
  return { lines: createRefusalLines((event) => void written.push(event)), written };
}

const refused = (reason: 'overloaded' | 'handshakes_exceeded'): TelemetryEvent => ({
  kind: 'connection_refused',
  listener: 'public',
  peerAddress: '192.0.2.1',
  reason,
  detail: 'as the test says',
});

const failed: TelemetryEvent = {
  kind: 'handshake_failed',
  listener: 'public',
  peerAddress: '192.0.2.1',
  durationSeconds: 1,
  reason: 'handshake_timeout',
  detail: 'as the test says',
};

function repeat(times: number, what: () => void): void {
  for (let count = 0; count < times; count += 1) what();
}

const kinds = (events: readonly TelemetryEvent[]): string[] =>
  events.map((event) => (event.kind === 'notice' ? event.text : event.kind));

test('of a flood of one reason few lines a second are written, and one with the number of the rest', (t) => {
  const { lines, written } = start(t);
  repeat(5_000, () => lines.event(refused('overloaded')));
  assert.equal(written.length, LINES_PER_SECOND);
  t.mock.timers.tick(1_000);
  assert.deepEqual(written.at(-1), {
    kind: 'notice',
    level: 'info',
    text: 'more connections refused',
    fields: { reason: 'overloaded', count: 5_000 - LINES_PER_SECOND },
  });
  written.length = 0;
  repeat(LINES_PER_SECOND + 1, () => lines.event(refused('overloaded')));
  assert.equal(written.length, LINES_PER_SECOND);
});

test('a flood of one reason leaves the lines of others alone', (t) => {
  const { lines, written } = start(t);
  repeat(1_000, () => lines.event(refused('overloaded')));
  written.length = 0;
  lines.event(refused('handshakes_exceeded'));
  repeat(LINES_PER_SECOND + 2, () => lines.event(failed));
  lines.event({ kind: 'notice', level: 'warn', text: 'something else' });
  assert.deepEqual(kinds(written), [
    'connection_refused',
    ...Array<string>(LINES_PER_SECOND).fill('handshake_failed'),
    'something else',
  ]);
  t.mock.timers.tick(1_000);
  assert.deepEqual(kinds(written).slice(-2), [
    'more connections refused',
    'more handshakes failed',
  ]);
});

test('what has not been told is told at the end', (t) => {
  const { lines, written } = start(t);
  repeat(LINES_PER_SECOND + 3, () => lines.event(failed));
  lines.close();
  lines.close();
  assert.deepEqual(kinds(written.slice(LINES_PER_SECOND)), ['more handshakes failed']);
});

test('refusals that are few have a line each, and no sum', (t) => {
  const { lines, written } = start(t);
  repeat(LINES_PER_SECOND, () => lines.event(refused('overloaded')));
  t.mock.timers.tick(60_000);
  assert.equal(written.length, LINES_PER_SECOND);
});
