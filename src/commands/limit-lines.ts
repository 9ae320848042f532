/** What clients may do how often, and who counts it. */

import type { Config } from '../config/schema.ts';

/** Returns one line for each limit per client and address; nothing where there is none. */
export function describeLimits({ listeners, rate_limits: rates }: Config): string {
  const lines = [
    ...listeners.flatMap(({ name, limits }) => [
      limits.max_connections_per_address === undefined
        ? []
        : `listener ${name}  ${limits.max_connections_per_address} connections for each address`,
      limits.max_handshakes_per_address === undefined
        ? []
        : `listener ${name}  ${spelled(limits.max_handshakes_per_address, 'handshakes')} for each address`,
    ]),
    ...rates.per_address.map((rule) => `${describeRule(rule)} for each address`),
    ...rates.per_client.map((rule) => `${describeRule(rule)} for each client`),
  ].flat();
  if (lines.length === 0) return '';
  const note = 'limits per gateway: each counts on its own, so several let through more';
  return [note, ...lines.map((line) => `  ${line}`)].map((line) => `${line}\n`).join('');
}

type Rule = Config['rate_limits']['per_client'][number];

function describeRule({ paths, rate, burst = rate.burst }: Rule): string {
  return `${paths.join(', ')}  ${spelled(rate)}, ${burst} at once,`;
}

function spelled({ burst, perSecond }: Rule['rate'], what = 'requests'): string {
  return `${burst} ${what} in ${burst / perSecond} s`;
}
