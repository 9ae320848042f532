/** Kinds of values that stand in more than one section of the configuration. */

import { z } from 'zod';

const UNIT_MS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** A time span such as `500ms`, `10s`, `5m`, `1h`, `30d`; the parsed value is in milliseconds. */
const spanUpTo = (longest: string, longestMs: number, shortestMs = 1) =>
  z
    .string()
    .regex(/^\d{1,9}(ms|s|m|h|d)$/, 'expected a time span such as 500ms, 10s, 5m, 1h or 30d')
    .transform((text) => {
      const unit = text.replace(/^\d+/, '') as keyof typeof UNIT_MS;
      return Number.parseInt(text, 10) * UNIT_MS[unit];
    })
    .pipe(
      z
        .number()
        .int()
        .min(shortestMs, 'must be longer than nothing')
        .max(longestMs, `must be at most ${longest}`),
    )
    .meta({ title: 'time span' });

/** A wait. Node's timers can't count more than 24 days; a day is already beyond any use. */
export const duration = spanUpTo('24h', UNIT_MS.d);
/** By how much a clock may be wrong; more would be another time. */
export const clockSkew = spanUpTo('5m', 5 * UNIT_MS.m, 0);
/** How long two certificates are taken for one client. */
export const overlap = spanUpTo('24h', UNIT_MS.d, 0);
/** How long readiness is off before anything ends. */
export const noticePeriod = spanUpTo('1h', UNIT_MS.h, 0);
/** How long a record lives. */
export const lifetime = spanUpTo('3650d', 3_650 * UNIT_MS.d);

/** A number in a time, such as `20/s`, `600/m`, `1000/h`: a full bucket, and how fast it fills again. */
export const rate = z
  .string()
  .regex(/^[1-9]\d{0,8}\/[smh]$/, 'expected a number in a time such as 20/s, 600/m or 1000/h')
  .transform((text) => {
    const [count = '', unit] = text.split('/');
    const burst = Number(count);
    return { burst, perSecond: (burst * 1_000) / UNIT_MS[unit as 's' | 'm' | 'h'] };
  })
  .meta({ title: 'rate' });

/** `host:port`; IPv6 in brackets. */
export const address = z
  .string()
  .regex(
    /^(\[[0-9a-fA-F:.]+\]|[^\s:[\]]+):\d{1,5}$/,
    'expected host:port, an IPv6 host in brackets',
  )
  .transform((text) => {
    const colon = text.lastIndexOf(':');
    const host = text.slice(0, colon).replace(/^\[|\]$/g, '');
    return { host, port: Number(text.slice(colon + 1)) };
  })
  .pipe(z.object({ host: z.string(), port: z.number().int().min(0).max(65_535) }))
  .meta({ title: 'host:port' });

export const file = z.string().min(1).meta({ title: 'file' });
/**
 * A segment that every server reads alike: without percent signs, semicolons, backslashes and dots
 * at its end, so that it is no dot segment either. What asks for the path is compared with it.
 */
const SEGMENT = String.raw`/[\w~!$&'()+,=:@.-]*[\w~!$&'()+,=:@-]`;

/** The path of an endpoint; some servers have theirs with a slash at the end. */
export const path = z
  .string()
  .regex(
    new RegExp(`^(?:${SEGMENT})+/?$`),
    'expected a path such as /oauth2/token, in its plain spelling: no %, ;, //, . or .. segments',
  )
  .meta({ title: 'URL path' });
/** The path of a route, or a prefix. */
export const routePath = z
  .string()
  .regex(
    new RegExp(`^(?:(?:${SEGMENT})+(?:/[*])?|/[*]?)$`),
    'expected a path such as /oauth2/token or a prefix such as /admin/*, in its plain spelling: no %, ;, //, . or .. segments and no slash at the end',
  )
  .meta({ title: 'URL path or prefix' });
/** With `_`, which servers behind Apache and HAProxy are used to. */
export const fieldName = z
  .string()
  .regex(/^[a-z0-9][a-z0-9_-]*$/, 'expected a lower-case header name')
  .meta({ title: 'header name' });
/** The name of a header of a client, in any spelling. */
export const headerName = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9_.-]*$/, 'expected a header name')
  .meta({ title: 'header name' });
export const bytes = z.number().int().positive().meta({ title: 'bytes' });
export const url = (protocol: RegExp, expected: string) =>
  z
    .url({
      protocol,
      error: ({ code }) => (code === 'invalid_format' ? `expected ${expected}` : undefined),
    })
    .meta({ title: 'URL' });

/** What is done where a certificate may be revoked. */
export const revocationMode = z.enum(['off', 'soft', 'hard']);
