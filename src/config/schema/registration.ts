/** The keys of clients that register themselves at the embedded token service. */

import { z } from 'zod';

import { file, lifetime } from './values.ts';

export const registration = z
  .strictObject({
    initial_access_token_files: z
      .array(file)
      .default([])
      .describe(
        'Files with one token each, of 32 characters or more; whoever has one may register clients. Several allow rotation. Empty: nobody can register, and the clients that did go on.',
      ),
    max_clients: z
      .number()
      .int()
      .positive()
      .max(10_000)
      .default(1_000)
      .describe('Registered clients at most; one more is answered 503.'),
    grant_types: z
      .array(z.string().min(1))
      .min(1)
      .default(['client_credentials', 'authorization_code', 'refresh_token'])
      .describe('Grants that a client can register, as far as the service has them.'),
    scopes: z
      .array(z.string().min(1))
      .default(['openid', 'profile', 'offline_access'])
      .describe(
        'Scopes that a client can register, as far as the service has them. A client of client_credentials has what it registers without anybody being asked.',
      ),
    client_secret_lifetime: lifetime
      .optional()
      .describe(
        'How long a secret is good. An update of the client brings a new one once half of it is over. Absent: for ever.',
      ),
    allow_private_jwks_uri: z
      .boolean()
      .default(false)
      .describe(
        'Lets the jwks_uri of registered clients lead to private and loopback addresses. Whoever may register then makes the gateway ask machines of your network.',
      ),
  })
  .optional()
  .describe(
    'Lets clients register themselves (RFC 7591) and manage what they registered (RFC 7592). Absent: nobody can, and clients that did are unknown.',
  );
