/** The keys of introspection at a server behind the gateway. */

import { z } from 'zod';

import { duration, url } from './values.ts';

/** Bounds of what is kept of answers to introspection. */
export const introspectionCache = z.strictObject({
  ttl: duration
    .prefault('10s')
    .describe(
      "Longest time for which an answer is used again, never past the token's exp. A token that is revoked elsewhere stays active so long.",
    ),
  max_entries: z
    .number()
    .int()
    .positive()
    .max(100_000)
    .default(10_000)
    .describe(
      'Most answers that are kept; the oldest makes room. Larger ones than 8 KiB are not; one takes up to some 30 KiB of memory, most a tenth of it.',
    ),
});

export const introspection = z
  .strictObject({
    authentication: z
      .enum(['both', 'upstream', 'certificate'])
      .default('both')
      .describe(
        'Who authenticates the callers. upstream: the server, whatever they send. certificate: the gateway, by the certificate of a client in clients; the server is shown the upstream credential of that client. both: the gateway the clients that it knows, the server all others.',
      ),
    callers: z
      .array(z.string())
      .optional()
      .describe(
        "client_ids that may introspect every client's tokens; all other clients that the gateway knows see their own. Callers that it does not know, and all where the list is absent, the server judges.",
      ),
    legacy_x5t_sha256: z
      .boolean()
      .default(false)
      .describe(
        'Adds x5t#SHA256 to cnf beside x5t#S256, with the same value, for resource servers that were written for the first generation of WSO2 Identity Server. kind gateway only.',
      ),
    remove_hidden_scopes: z
      .boolean()
      .default(true)
      .describe(
        'Takes values that start with x5t# or TIME_ out of scope: some servers keep there what only they need to know. kind gateway only.',
      ),
    signed_answers: z
      .strictObject({
        issuer: z.string().min(1).describe('The iss of the answers.'),
        jwks_uri: url(/^https$/, 'an https URL').describe(
          'Address of the keys of the server; its certificate is verified against upstream.ca. May be a private address.',
        ),
      })
      .optional()
      .describe(
        'How signed answers (RFC 9701) of a server of kind gateway are verified, should it send them although JSON was asked for. Absent: they are refused.',
      ),
    cache: introspectionCache
      .optional()
      .describe(
        'Answers of the server are used again for the same token and the same caller with the same credentials. Bindings are looked up for each request all the same. Absent: every request asks the server.',
      ),
  })
  .prefault({})
  .describe('The introspection endpoint (RFC 7662).');
