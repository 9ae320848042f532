/** How strict one key of a configuration is, and whether it is less so than before. */

import { hash } from 'node:crypto';

/** Undefined: the key is not there, and another one decides. */
export type Strictness =
  /** The strictest first. */
  | { readonly scale: readonly string[]; readonly at: string }
  | { readonly mayNotGrow: readonly string[] }
  | { readonly mayNotShrink: readonly string[] }
  /** Infinity: no limit. */
  | { readonly mayNotRise: number; readonly unit: string }
  /** Milliseconds. */
  | { readonly mayNotFall: number }
  /** Those who vouch; where nobody is named, others do. */
  | { readonly vouchers: readonly string[]; readonly otherwise: string }
  | undefined;

/** A key and how strict it is, in its place. */
export interface Rule<Of> {
  readonly key: string;
  readonly of: (one: Of) => Strictness;
}

const ON_OFF = ['on', 'off'];
const OFF_ON = ['off', 'on'];
export const CERTIFICATE_MODES = ['require', 'want', 'off'];
export const REVOCATION_MODES = ['hard', 'soft', 'off'];

/** Returns what has become weaker, in words that begin with the key. */
export function weakerBy(key: string, before: Strictness, after: Strictness): readonly string[] {
  if (before === undefined || after === undefined) return [];
  if ('scale' in before && 'scale' in after) {
    const [was, is] = [before.scale.indexOf(before.at), after.scale.indexOf(after.at)];
    return was !== -1 && is > was ? [`${key}: ${before.at} became ${after.at}`] : [];
  }
  if ('mayNotGrow' in before && 'mayNotGrow' in after) {
    return missing(after.mayNotGrow, before.mayNotGrow).map((one) => `${key}: ${one} was added`);
  }
  if ('mayNotShrink' in before && 'mayNotShrink' in after) {
    const gone = missing(before.mayNotShrink, after.mayNotShrink);
    return gone.map((one) => `${key}: ${one} was removed`);
  }
  if ('mayNotRise' in before && 'mayNotRise' in after) {
    if (after.mayNotRise <= before.mayNotRise) return [];
    return [`${key}: ${amount(before)} became ${amount(after)}`];
  }
  if ('mayNotFall' in before && 'mayNotFall' in after && after.mayNotFall < before.mayNotFall) {
    return [`${key}: ${before.mayNotFall} ms became ${after.mayNotFall} ms`];
  }
  if ('vouchers' in before && 'vouchers' in after) {
    if (before.vouchers.length === 0) return [];
    if (after.vouchers.length === 0) return [`${key}: ${after.otherwise} vouch now`];
    return missing(after.vouchers, before.vouchers).map((one) => `${key}: ${one} was added`);
  }
  return [];
}

/** Returns what the rules find of what has the same name on both sides. */
export function weakerByRules<Of>(
  place: string,
  rules: readonly Rule<Of>[],
  [before, after]: readonly [Of, Of],
): readonly string[] {
  return rules.flatMap(({ key, of }) => weakerBy(`${place}${key}`, of(before), of(after)));
}

export function mustStayOn(isOn: boolean): Strictness {
  return { scale: ON_OFF, at: isOn ? 'on' : 'off' };
}

export function mustStayOff(isOn: boolean): Strictness {
  return { scale: OFF_ON, at: isOn ? 'on' : 'off' };
}

/** @param milliseconds undefined where the key is not there. */
export function mayNotLast(milliseconds: number | undefined): Strictness {
  return milliseconds === undefined ? undefined : { mayNotRise: milliseconds, unit: ' ms' };
}

/** @param count undefined where nothing is limited. */
export function mayNotBeMore(count: number | undefined, unit = ''): Strictness {
  return { mayNotRise: count ?? Number.POSITIVE_INFINITY, unit };
}

/** What has the same name on both sides. */
export function pairs<Of>(
  before: readonly Of[],
  after: readonly Of[],
  nameOf: (one: Of) => string,
): readonly (readonly [name: string, before: Of, after: Of])[] {
  const known = new Map(before.map((one) => [nameOf(one), one]));
  return after.flatMap((one) => {
    const then = known.get(nameOf(one));
    return then === undefined ? [] : [[nameOf(one), then, one] as const];
  });
}

/** By what a certificate is named: the beginning of its SHA-256. */
export function shortHash(content: string | Uint8Array): string {
  return hash('sha256', content, 'hex').slice(0, 16);
}

function missing(wanted: readonly string[], there: readonly string[]): readonly string[] {
  const has = new Set(there);
  return [...new Set(wanted)].filter((one) => !has.has(one));
}

function amount({ mayNotRise, unit }: { mayNotRise: number; unit: string }): string {
  return mayNotRise === Number.POSITIVE_INFINITY ? 'no limit' : `${mayNotRise}${unit}`;
}
