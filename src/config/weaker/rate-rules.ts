/** Rules for how often clients may ask that hold no more. */

import type { Config, RateLimitsConfig } from '../schema.ts';
import { isWithin } from './above.ts';
import { weakerBy } from './strictness.ts';

type RateRule = RateLimitsConfig['per_address'][number];

/** Returns a line for each rule that no rule of now is as strict as. */
export function weakerRates(before: Config, after: Config): readonly string[] {
  const [was, is] = [before.rate_limits, after.rate_limits];
  return [
    ...(['per_address', 'per_client'] as const).flatMap((key) =>
      was[key]
        .filter((rule) => !is[key].some((other) => isAsStrict(other, rule)))
        .map((rule) => `rate_limits.${key}: ${ruleText(rule)} was removed or raised`),
    ),
    ...weakerBy(
      'rate_limits.exempt_addresses',
      { mayNotGrow: was.exempt_addresses.map(addressText) },
      { mayNotGrow: is.exempt_addresses.map(addressText) },
    ),
  ];
}

/** The requests to the paths of a rule count together: with more paths it is stricter. */
function isAsStrict(rule: RateRule, than: RateRule): boolean {
  return (
    than.paths.every((path) => rule.paths.some((own) => isWithin(path, own))) &&
    rule.rate.perSecond <= than.rate.perSecond &&
    burstOf(rule) <= burstOf(than)
  );
}

function burstOf({ rate, burst }: RateRule): number {
  return burst ?? rate.burst;
}

function ruleText({ paths, ...rule }: RateRule): string {
  const perSecond = Number(rule.rate.perSecond.toPrecision(3));
  return `${paths.join(' ')} ${perSecond}/s, ${burstOf({ paths, ...rule })} at once,`;
}

function addressText({ address, prefix }: { address: string; prefix: number }): string {
  return `${address}/${prefix}`;
}
