import assert from 'node:assert/strict';
import { test } from 'node:test';

import { loadOpenTelemetry } from '../../src/telemetry/open-telemetry.ts';
import {
  childContext,
  newTraceContext,
  readTraceContext,
  traceFields,
} from '../../src/telemetry/trace-context.ts';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const SPAN = '00f067aa0ba902b7';
const PARENT = `00-${TRACE}-${SPAN}-01`;

test('a traceparent that is as it should be is read', () => {
  const expected = { traceId: TRACE, spanId: SPAN, isSampled: true, state: '' };
  assert.deepEqual(readTraceContext([PARENT], []), expected);
  assert.equal(readTraceContext([`00-${TRACE}-${SPAN}-00`], [])?.isSampled, false);
  // Flags that a later level defines are not ours to pass on.
  assert.equal(readTraceContext([`00-${TRACE}-${SPAN}-fe`], [])?.isSampled, false);
  // Section 4.3: what a later version appends is not looked at.
  assert.deepEqual(
    readTraceContext([`cc-${TRACE}-${SPAN}-01-what-the-future-will-be`], []),
    expected,
  );
});

test('a traceparent that is damaged, or there twice, begins no trace of a client', () => {
  for (const parents of [
    [],
    [PARENT, PARENT],
    [''],
    [PARENT.toUpperCase()],
    [` ${PARENT}`],
    [`${PARENT} `],
    [`${PARENT}-`],
    [`${PARENT}-more`],
    [`ff-${TRACE}-${SPAN}-01`],
    [`cc-${TRACE}-${SPAN}-01more`],
    [`cc-${TRACE}-${SPAN}-01-${'x'.repeat(257)}`],
    [`0-${TRACE}-${SPAN}-01`],
    [`00-${'0'.repeat(32)}-${SPAN}-01`],
    [`00-${TRACE}-${'0'.repeat(16)}-01`],
    [`00-${TRACE.slice(1)}-${SPAN}-01`],
    [`00-${TRACE}-${SPAN}x-01`],
    [`00-${TRACE}-${SPAN}-0g`],
    [`00-${TRACE}-${SPAN}`],
    [`00-${TRACE}-${SPAN}-01\n`],
    [`${PARENT},${PARENT}`],
  ]) {
    assert.equal(readTraceContext(parents, ['a=1']), undefined, parents.join(' | '));
  }
});

test('a tracestate that is damaged, too long or has a key twice is dropped, the trace goes on', () => {
  const stateOf = (...states: string[]) => readTraceContext([PARENT], states)?.state;
  assert.equal(
    stateOf('rojo=00f067aa0ba902b7,congo=t61rcWkgMzE'),
    'rojo=00f067aa0ba902b7,congo=t61rcWkgMzE',
  );
  assert.equal(stateOf('a=1 , b=2', '', ' ,c@d=3'), 'a=1,b=2,c@d=3');
  assert.equal(stateOf('a=with blanks inside'), 'a=with blanks inside');
  const members = (length: number) => Array.from({ length }, (_, at) => `k${at}=1`).join(',');
  assert.equal(stateOf(members(32)), members(32));
  for (const damaged of [
    members(33),
    `a=${'x'.repeat(257)}`,
    'a=1,a=2',
    'A=1',
    'a',
    'a=',
    '=1',
    'a=1=2',
    'a=\u0007',
    'a=é',
    'a@b@c=1',
    `a=${'x'.repeat(250)},b=${'x'.repeat(256)},c=${'x'.repeat(10)}`,
  ]) {
    assert.equal(stateOf(damaged), '', damaged);
  }
});

test('traces that begin here are told apart, and sampled as often as is said', () => {
  const all = Array.from({ length: 2_000 }, () => newTraceContext(0.5));
  assert.equal(new Set(all.map(({ traceId }) => traceId)).size, all.length);
  const sampled = all.filter(({ isSampled }) => isSampled).length;
  assert.ok(sampled > 700 && sampled < 1_300, `${sampled} of 2000`);
  assert.ok(
    all.every(
      (context) => readTraceContext([traceFields(context)[0]?.[1] ?? ''], []) !== undefined,
    ),
  );
  assert.ok(
    Array.from({ length: 99 }, () => newTraceContext(0)).every(({ isSampled }) => !isSampled),
  );
  assert.ok(
    Array.from({ length: 99 }, () => newTraceContext(1)).every(({ isSampled }) => isSampled),
  );
});

test('the next span of a trace has its id, its flag and its state', () => {
  const parent = { traceId: TRACE, spanId: SPAN, isSampled: true, state: 'a=1' };
  const child = childContext(parent);
  assert.notEqual(child.spanId, SPAN);
  assert.deepEqual(traceFields(child), [
    ['traceparent', `00-${TRACE}-${child.spanId}-01`],
    ['tracestate', 'a=1'],
  ]);
});

test('OpenTelemetry that is not installed is no error, one that is damaged is', async () => {
  const fail = (code: string) => () => Promise.reject(Object.assign(new Error(code), { code }));
  assert.equal(await loadOpenTelemetry(fail('ERR_MODULE_NOT_FOUND')), undefined);
  await assert.rejects(loadOpenTelemetry(fail('ERR_DLOPEN_FAILED')), /ERR_DLOPEN_FAILED/);
});

test('without an SDK the API of OpenTelemetry records nothing', async () => {
  const spans = await loadOpenTelemetry();
  const parent = { traceId: TRACE, spanId: SPAN, isSampled: true, state: '' };
  assert.equal(spans?.begin(undefined, 'GET', {}), undefined);
  assert.equal(spans?.begin(parent, 'GET', {}), undefined);
});
