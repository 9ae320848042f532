/** The keys by which people log in at the embedded token service, and clients send them there. */

import { z } from 'zod';

import { lifetime } from './values.ts';

const scopeName = z
  .string()
  .regex(/^[\x21\x23-\x5b\x5d-\x7e]{1,64}$/, 'expected a scope (RFC 6749 section 3.3)');

/** Of `token_service.embedded`. */
export const peopleKeys = {
  scopes: z
    .array(
      z.strictObject({
        name: scopeName.describe('The scope as clients ask for it.'),
        description: z
          .string()
          .min(1)
          .max(200)
          .describe(
            'What it allows, as people read it when they are asked: "See your accounts and their balances".',
          ),
      }),
    )
    .default([])
    .describe(
      'Scopes of your own, beside openid, profile, offline_access and, with uma, uma_protection. Tokens and introspection tell them; what they allow is up to your resource servers.',
    ),
  session_lifetime: lifetime
    .prefault('8h')
    .describe(
      'How long people stay logged in after they were last sent here. Whoever closes the browser is logged out before.',
    ),
} as const;

/** Of a client. */
export const clientPeopleKeys = {
  client_name: z
    .string()
    .min(1)
    .max(100)
    .optional()
    .describe('The name by which people know the client. Absent: its client_id.'),
  redirect_uris: z
    .array(z.string().min(1))
    .default([])
    .describe(
      'authorization_code: where people may be sent back to, compared character by character. https, http on this machine (localhost, 127.0.0.1, [::1]), or a scheme of an app such as com.example.app:/done. With one of the latter the port on this machine may be any (RFC 8252).',
    ),
  post_logout_redirect_uris: z
    .array(z.string().min(1))
    .default([])
    .describe('Where people may be sent to after they logged out; as redirect_uris.'),
  scope: z
    .string()
    .regex(
      /^[\x21\x23-\x5b\x5d-\x7e]+( [\x21\x23-\x5b\x5d-\x7e]+)*$/,
      'expected scopes with a space between two',
    )
    .optional()
    .describe(
      'The scopes that the client may ask for at the embedded token service, with a space between two. Absent: openid for a client to which people log in, else none.',
    ),
} as const;
