/** The fields `traceparent` and `tracestate` (W3C Trace Context, Level 1), read strictly. */

import { randomBytes } from 'node:crypto';

export interface TraceContext {
  /** 32 and 16 lower-case hex digits, neither of them zero. */
  readonly traceId: string;
  readonly spanId: string;
  /** Whether somebody may have recorded the trace. */
  readonly isSampled: boolean;
  /** The members of `tracestate`, as they came; empty where there are none. */
  readonly state: string;
}

/** Section 3.2: version, trace-id, parent-id, flags; later versions may say more behind them. */
const TRACEPARENT = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.{0,256})?$/;
const SAMPLED = 0x01;

/** Section 3.3.1: what every vendor must pass on, and as much as we do. */
const MAX_STATE_MEMBERS = 32;
const MAX_STATE_LENGTH = 512;
const KEY = String.raw`(?:[a-z][a-z0-9_*/-]{0,255}|[a-z0-9][a-z0-9_*/-]{0,240}@[a-z][a-z0-9_*/-]{0,13})`;
const VALUE = String.raw`[\x20-\x2b\x2d-\x3c\x3e-\x7e]{0,255}[\x21-\x2b\x2d-\x3c\x3e-\x7e]`;
const MEMBER = new RegExp(`^(${KEY})=${VALUE}$`);

/**
 * Returns the context that the field lines tell. Undefined where `traceparent` is not there exactly
 * once and as it should be: its trace is then not continued. A `tracestate` that is damaged, too long
 * or has a key twice is dropped whole, the trace goes on without it.
 */
export function readTraceContext(
  parents: readonly string[],
  states: readonly string[],
): TraceContext | undefined {
  const [parent] = parents;
  if (parent === undefined || parents.length > 1) return undefined;
  const [, version, traceId, spanId, flags = '', more] = TRACEPARENT.exec(parent) ?? [];
  if (version === undefined || traceId === undefined || spanId === undefined) return undefined;
  if (version === 'ff' || (version === '00' && more !== undefined)) return undefined;
  if (/^0+$/.test(traceId) || /^0+$/.test(spanId)) return undefined;
  const isSampled = (Number.parseInt(flags, 16) & SAMPLED) !== 0;
  return { traceId, spanId, isSampled, state: readState(states) };
}

function readState(states: readonly string[]): string {
  const members = states
    .flatMap((line) => line.split(','))
    .map((member) => member.replace(/^[ \t]+|[ \t]+$/g, ''))
    .filter((member) => member !== '');
  const state = members.join(',');
  if (members.length > MAX_STATE_MEMBERS || state.length > MAX_STATE_LENGTH) return '';
  const keys = members.map((member) => MEMBER.exec(member)?.[1]);
  const isSound = !keys.includes(undefined) && new Set(keys).size === keys.length;
  return isSound ? state : '';
}

/** A trace that begins here. @param sampleRatio the part of such traces that is sampled, 0 to 1. */
export function newTraceContext(sampleRatio: number): TraceContext {
  const random = randomBytes(24);
  const traceId = random.toString('hex', 0, 16);
  // The trace-id decides, so that everybody who uses the same rule decides alike.
  const isSampled = random.readUInt32BE(12) < sampleRatio * 2 ** 32;
  return { traceId, spanId: random.toString('hex', 16), isSampled, state: '' };
}

/** The next span of the same trace. */
export function childContext(parent: TraceContext): TraceContext {
  return { ...parent, spanId: randomBytes(8).toString('hex') };
}

/** The fields of a request that belongs to the span. */
export function traceFields({
  traceId,
  spanId,
  isSampled,
  state,
}: TraceContext): readonly (readonly [string, string])[] {
  const parent = ['traceparent', `00-${traceId}-${spanId}-${isSampled ? '01' : '00'}`] as const;
  return state === '' ? [parent] : [parent, ['tracestate', state]];
}
