/** The keys of paths that are served only to those who prove something: tokens, administrators. */

import { z } from 'zod';

import { introspectionCache } from './introspection.ts';
import { clockSkew, file, overlap, routePath, url } from './values.ts';

export const protectedPath = z.strictObject({
  path: routePath.describe(
    'A path, or a prefix that ends in /*, as in routes. Of several the longest counts; OAuth endpoints are never among them. That of endpoints.userinfo takes the place of its defaults.',
  ),
  binding: z
    .enum(['required', 'if_bound'])
    .default('required')
    .describe(
      'required: a token that is bound to no certificate is refused. if_bound: it passes, so that whoever holds it can use it. A token that is bound needs its certificate under both.',
    ),
  source: z
    .enum(['store', 'introspection', 'jwt'])
    .default('store')
    .describe(
      'Who says what a token is. store: the binding that the gateway keeps or has sealed into the token, for a server of kind gateway. introspection: the server, asked at each request whose certificate can be the right one. jwt: the token itself, signed by its issuer. Where the gateway binds, its own binding counts beside the last two.',
    ),
  overlap: overlap
    .prefault('0s')
    .describe(
      'For so long from the issue of a token, another certificate that is registered for the same client now is taken in place of its own.',
    ),
});

export const accessTokens = z
  .strictObject({
    introspection: z
      .strictObject({
        client_id: z.string().min(1).describe('Who the gateway is to the server when it asks.'),
        client_secret: z
          .string()
          .min(1)
          .optional()
          .describe('Its secret, sent as client_secret_basic; better given as client_secret_file.'),
        client_secret_file: file
          .optional()
          .describe('File that holds the secret; one line ending is dropped.'),
        cache: introspectionCache
          .optional()
          .describe(
            'Answers are used again for the same token; the certificate is compared at each request all the same. A revocation through this gateway drops them. Absent: the server is asked at each request.',
          ),
      })
      .optional()
      .describe('source introspection: how the gateway asks at endpoints.introspection.'),
    jwt: z
      .strictObject({
        issuer: z.string().min(1).describe('The iss of the tokens, compared as text.'),
        jwks_uri: url(/^https$/, 'an https URL').describe(
          'Where the issuer publishes its keys; may lead to a private address. Fetched as the section jwks says.',
        ),
        ca: z
          .array(file)
          .default([])
          .describe('PEM files of the only CAs of its server. Empty: the public roots.'),
        audience: z
          .array(z.string().min(1))
          .min(1)
          .describe('One of these must be among the aud of a token: the resources behind here.'),
        types: z
          .array(z.enum(['at+jwt', 'jwt']))
          .min(1)
          .default(['at+jwt'])
          .describe(
            'The typ that a token may have. jwt: also that of an issuer without RFC 9068; tell its ID tokens apart by their audience.',
          ),
        algorithms: z
          .array(z.enum(['RS256', 'PS256', 'ES256', 'ES384', 'ES512', 'EdDSA']))
          .min(1)
          .default(['RS256', 'PS256', 'ES256', 'EdDSA'])
          .describe('The signatures that are taken.'),
        clock_skew: clockSkew
          .prefault('10s')
          .describe('By how much the clocks of issuer and gateway may differ.'),
      })
      .optional()
      .describe('source jwt: whose tokens are taken (RFC 9068).'),
  })
  .prefault({})
  .describe('How protected_paths verify tokens. See docs/protection.md.');

export const adminPath = z.strictObject({
  path: routePath.describe(
    'A path, or a prefix that ends in /*, as in routes. It is closed, with 404, on every listener that is not named here.',
  ),
  listeners: z.array(z.string()).min(1).describe('Names of the listeners on which it is open.'),
  user_header: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9-]*$/, 'expected a header name')
    .meta({ title: 'header name' })
    .default('UserName')
    .describe('Header in which the client names the user. It never reaches the upstream.'),
  user_encoding: z
    .enum(['plain', 'base64'])
    .default('plain')
    .describe('How the name stands there; base64 as clients of WSO2 Identity Server send it.'),
  certificate_thumbprints: z
    .array(z.string().min(1))
    .default([])
    .describe(
      'Certificates that may name users, whoever issued them: SHA-256 in any notation of certbound thumbprint.',
    ),
  allow_sha1: z
    .boolean()
    .default(false)
    .describe(
      'Takes SHA-1 thumbprints, too, as lists of WSO2 Identity Server have them. Two certificates with one SHA-1 can be made on purpose, so that such an entry counts only for a certificate that a CA of client_ca vouches for.',
    ),
  trusted_issuers: z
    .array(z.string().min(1))
    .default([])
    .describe(
      'Names of CAs (RFC 4514 text) whose certificates may name users, where client_ca vouches for the certificate.',
    ),
  users: z
    .record(z.string(), z.array(z.string()).min(1))
    .describe(
      'Which users a certificate may name: by its thumbprint or, where there is no such entry, by the name of its issuer. A list of names, or * alone for every user. A certificate without an entry names nobody.',
    ),
  vouched_user_header: z
    .string()
    .regex(/^[a-z0-9][a-z0-9-]*$/, 'expected a lower-case header name without _')
    .meta({ title: 'header name' })
    .default('x-certbound-user')
    .describe(
      'Header in which the upstream is told the user, as plain text. Whatever a client sends under this name is dropped.',
    ),
});
