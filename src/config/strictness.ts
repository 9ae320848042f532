/** How strict one key of a configuration is, and whether it is less so than before. */

/** A place on a scale, the strictest first; a list that lets more pass as it grows, or as it shrinks. */
export type Strictness =
  | { readonly scale: readonly string[]; readonly at: string }
  | { readonly mayNotGrow: readonly string[] }
  | { readonly mayNotShrink: readonly string[] }
  /** Milliseconds. */
  | { readonly mayNotRise: number };

/** Returns what has become weaker, in words that begin with the key. */
export function weakerBy(key: string, before: Strictness, after: Strictness): readonly string[] {
  if ('scale' in before && 'scale' in after) {
    const [was, is] = [before.scale.indexOf(before.at), after.scale.indexOf(after.at)];
    // What is on no scale is a key that is absent: another one decides.
    return was !== -1 && is > was ? [`${key}: ${before.at} became ${after.at}`] : [];
  }
  if ('mayNotGrow' in before && 'mayNotGrow' in after) {
    const had = new Set(before.mayNotGrow);
    return after.mayNotGrow.filter((one) => !had.has(one)).map((one) => `${key}: ${one} was added`);
  }
  if ('mayNotShrink' in before && 'mayNotShrink' in after) {
    const has = new Set(after.mayNotShrink);
    return before.mayNotShrink
      .filter((one) => !has.has(one))
      .map((one) => `${key}: ${one} was removed`);
  }
  if ('mayNotRise' in before && 'mayNotRise' in after && after.mayNotRise > before.mayNotRise) {
    return [`${key}: ${before.mayNotRise} ms became ${after.mayNotRise} ms`];
  }
  return [];
}

export function onOff(isOn: boolean): string {
  return isOn ? 'on' : 'off';
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
