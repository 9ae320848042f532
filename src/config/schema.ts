/**
 * Every key of the configuration, the sections in schema/: meaning, default, unit, security effect.
 * Nothing else documents them; docs/configuration.md and docs/config.schema.json are generated from here.
 */

import { z } from 'zod';

import { client } from './schema/client.ts';
import { jwks } from './schema/jwks.ts';
import { overload, rateLimits } from './schema/limits.ts';
import { listener } from './schema/listener.ts';
import { management } from './schema/management.ts';
import { accessTokens, adminPath, protectedPath } from './schema/protection.ts';
import { reload } from './schema/reload.ts';
import { route } from './schema/routes.ts';
import { store } from './schema/store.ts';
import { embedded, upstream } from './schema/token-service.ts';
import { tracing } from './schema/tracing.ts';
import { certificateRules, revocation } from './schema/trust.ts';
import { duration, file, noticePeriod } from './schema/values.ts';
import { workers } from './schema/workers.ts';

export const configSchema = z.strictObject({
  listeners: z
    .array(listener)
    .min(1)
    .describe('Addresses on which clients are served; one entry each.'),
  management,
  token_service: z
    .union([z.strictObject({ embedded }), z.strictObject({ upstream })])
    .describe('Exactly one of embedded and upstream.'),
  routes: z
    .array(route)
    .max(256)
    .default([])
    .describe(
      'What is demanded of client certificates, and what may pass, path by path. See docs/routes.md.',
    ),
  protected_paths: z
    .array(protectedPath)
    .max(256)
    .default([])
    .describe(
      'Paths of the upstream that are served only with an access token, and with the certificate that it is bound to. See docs/protection.md.',
    ),
  access_tokens: accessTokens,
  admin_paths: z
    .array(adminPath)
    .max(256)
    .default([])
    .describe(
      'Paths of the upstream where a certificate vouches for a user that a header names. See docs/protection.md.',
    ),
  rate_limits: rateLimits,
  overload,
  clients: z.array(client).default([]).describe('The clients that the gateway knows.'),
  jwks,
  certificate_rules: certificateRules,
  revocation,
  store,
  log: z
    .strictObject({
      level: z
        .enum(['debug', 'info', 'warn', 'error'])
        .default('info')
        .describe('Least level that is written.'),
    })
    .prefault({})
    .describe('The log, on standard output.'),
  tracing,
  reload,
  workers,
  shutdown: z
    .strictObject({
      notice_period: noticePeriod
        .prefault('0s')
        .describe(
          'How long clients are served as before once SIGTERM has turned /readyz to 503, so that load balancers that ask it send nobody any more when drain_timeout begins. Whoever sends the signal has to wait for both.',
        ),
      drain_timeout: duration
        .prefault('8s')
        .describe(
          'Longest time that open requests get after SIGTERM, and those of an address that a reload closes. The rest of the stop takes up to a second; docker stop kills after 10 seconds unless it is given another time.',
        ),
    })
    .prefault({})
    .describe('How the program stops.'),
  demo: z
    .strictObject({
      certificates: file.describe(
        'Folder of the demo PKI; files that are missing are made at start, existing ones are never overwritten. Where users_file is the file users in it, that is made, too, with the user admin and the password admin.',
      ),
      allow_any_address: z
        .boolean()
        .default(false)
        .describe(
          'Lets demo credentials serve an address that is not loopback. Anyone who reads this documentation knows them.',
        ),
    })
    .optional()
    .describe(
      'A demo PKI made at start. With this section, with the secret admin, or with a certificate of the demo PKI, only loopback addresses are served.',
    ),
});

/** The validated configuration; durations in milliseconds, addresses split into host and port. */
export type Config = z.output<typeof configSchema>;
export type ListenerConfig = Config['listeners'][number];
export type RouteConfig = Config['routes'][number];
export type RateLimitsConfig = Config['rate_limits'];
export type LoadBalancerConfig = NonNullable<ListenerConfig['from_load_balancer']>;
export type ProtectedPathConfig = Config['protected_paths'][number];
export type AdminPathConfig = Config['admin_paths'][number];
export type ClientConfig = Config['clients'][number];
export type EmbeddedConfig = z.output<typeof embedded>;
export type JwksConfig = Config['jwks'];
export type UpstreamConfig = z.output<typeof upstream>;
