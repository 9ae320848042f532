/** The keys of one client. */

import { z } from 'zod';

import { clientPeopleKeys } from './people.ts';
import { clientPushedRequestKeys } from './pushed-requests.ts';
import { file, revocationMode, url } from './values.ts';

export const client = z.strictObject({
  client_id: z
    .string()
    .regex(/^[\x20-\x7e]{1,255}$/, 'expected 1 to 255 printable ASCII characters')
    .describe('The client identifier (RFC 6749 section 2.2).'),
  token_endpoint_auth_method: z
    .enum([
      'self_signed_tls_client_auth',
      'tls_client_auth',
      'certificate_and_secret',
      'client_secret_basic',
      'client_secret_post',
      'none',
    ])
    .describe(
      'The one method by which this client authenticates; no other is accepted from it. certificate_and_secret: both, the certificate known by the keys of either certificate method. none: a public client, which names itself and has its tokens bound to whatever certificate it presents (RFC 8705 section 4).',
    ),
  certificates: z
    .array(z.string().min(1))
    .default([])
    .describe(
      'self_signed_tls_client_auth: registered certificates, each a PEM file or PEM text of one certificate. Several allow rotation. The certificate must be the very same: one issued anew for the same key or subject is another one.',
    ),
  certificate_thumbprints: z
    .array(z.string().min(1))
    .default([])
    .describe(
      'self_signed_tls_client_auth: SHA-256 thumbprints of registered certificates, in any notation of certbound thumbprint: RFC 8705 (x5t#S256), hex, hex with colons, hexified as WSO2 Identity Server has it. SHA-1 is refused.',
    ),
  jwks: z
    .looseObject({
      keys: z
        .array(z.looseObject({}))
        .describe(
          'Public keys, at most 100. One with x5c or x5t#S256 stands for that certificate alone, one without for every certificate of its key.',
        ),
    })
    .optional()
    .describe('self_signed_tls_client_auth: a key set (RFC 7517) in place of a jwks_uri.'),
  jwks_uri: url(/^https$/, 'an https URL')
    .optional()
    .describe(
      'self_signed_tls_client_auth: where the client publishes its key set. Fetched when a certificate is not known otherwise, and again, after a pause, when the set does not know it.',
    ),
  allow_private_jwks_uri: z
    .boolean()
    .default(false)
    .describe(
      'Lets jwks_uri lead to private and loopback addresses. Whoever controls the name then makes the gateway ask machines of your network.',
    ),
  wso2_x5t: z
    .boolean()
    .default(false)
    .describe(
      'Takes an x5t in a key set for a certificate when it is in the form of WSO2 Identity Server: base64url of the lower-case hex of SHA-256. Any other x5t says nothing.',
    ),
  tls_client_auth_subject_dn: z
    .string()
    .min(1)
    .optional()
    .describe(
      'tls_client_auth: the subject of the certificate (RFC 4514 text). What OpenSSL and Java print is understood; where its order has two meanings it is refused, naming both. Exactly one of the five tls_client_auth_ keys is given.',
    ),
  tls_client_auth_san_dns: z
    .string()
    .min(1)
    .optional()
    .describe('tls_client_auth: a dNSName of the certificate, whole and without wildcards.'),
  tls_client_auth_san_uri: z
    .string()
    .min(1)
    .optional()
    .describe(
      'tls_client_auth: a uniformResourceIdentifier of the certificate, compared character by character.',
    ),
  tls_client_auth_san_ip: z
    .string()
    .min(1)
    .optional()
    .describe(
      'tls_client_auth: an iPAddress of the certificate, in any textual form; compared as octets.',
    ),
  tls_client_auth_san_email: z
    .string()
    .min(1)
    .optional()
    .describe(
      'tls_client_auth: an rfc822Name of the certificate; letter case counts on the left of the @ only.',
    ),
  spki_pins: z
    .array(z.string().min(1))
    .default([])
    .describe(
      'tls_client_auth: SHA-256 of the public keys (SubjectPublicKeyInfo) that the client may have, as hex, base64, base64url or sha256/base64. Empty: any key with the subject.',
    ),
  trust_anchors: z
    .array(file)
    .default([])
    .describe(
      'tls_client_auth: PEM files of the only CAs that vouch for this client. Empty: those of client_ca.',
    ),
  revocation: revocationMode
    .optional()
    .describe(
      'tls_client_auth: as at the listener, for this client. Absent: that of the listener.',
    ),
  client_secret: z
    .string()
    .min(1)
    .optional()
    .describe(
      'The secret of the client_secret methods and of certificate_and_secret, printable ASCII; better given as client_secret_file. Before an upstream it may be left out: the upstream then verifies what the client sends.',
    ),
  client_secret_file: file
    .optional()
    .describe('File that holds the secret; one line ending is dropped.'),
  allow_secret_in_query: z
    .boolean()
    .default(false)
    .describe(
      'Takes client_id and client_secret from the query, for clients that can send them nowhere else. Whatever logs addresses then holds the secret (RFC 6749 section 2.3.1 forbids it).',
    ),
  mandate_certificate: z
    .boolean()
    .default(true)
    .describe(
      'certificate_and_secret: false lets a client for which no certificate is registered in with its secret alone. It never makes up for a certificate that is wrong.',
    ),
  tls_client_certificate_bound_access_tokens: z
    .boolean()
    .optional()
    .describe(
      'RFC 8705 section 3.4. true: as certificate_binding required. false: as certificate_binding off.',
    ),
  certificate_binding: z
    .enum(['required', 'if_present', 'off'])
    .optional()
    .describe(
      'Whether tokens are bound to the certificate that the client presents. required: no token without one. if_present: bound when there is one. off: never; a thief can use such tokens. Absent: required for methods with a certificate, else if_present.',
    ),
  grant_types: z
    .array(
      z.enum([
        'client_credentials',
        'authorization_code',
        'urn:ietf:params:oauth:grant-type:device_code',
        'password',
        'refresh_token',
        'urn:ietf:params:oauth:grant-type:uma-ticket',
      ]),
    )
    .default(['client_credentials'])
    .describe(
      'Grants of this client at the embedded token service. authorization_code: people log in here and are sent back with a code. urn:ietf:params:oauth:grant-type:device_code: people enter a code here that a device shows them. refresh_token: the answer to a code or a password holds a refresh token, too. urn:ietf:params:oauth:grant-type:uma-ticket: tokens for resources, see docs/uma.md. Empty: none, for a client that only introspects.',
    ),
  ...clientPeopleKeys,
  ...clientPushedRequestKeys,
  access_token_format: z
    .enum(['opaque', 'jwt'])
    .default('opaque')
    .describe(
      'Form of the access tokens of this client at the embedded token service. opaque: resource servers ask by introspection. jwt: they can verify the token by themselves (RFC 9068), and then do not hear of its revocation.',
    ),
  audience: z
    .array(url(/^[a-z][a-z0-9+.-]*$/i, 'an absolute URI'))
    .default([])
    .describe(
      'jwt: the resource servers that the tokens are for, absolute URIs without a fragment. A token is for all of them, or for those that the client names by resource (RFC 8707).',
    ),
  upstream: z
    .strictObject({
      auth_method: z
        .enum([
          'client_secret_basic',
          'client_secret_post',
          'private_key_jwt',
          'certificate_header',
          'passthrough',
        ])
        .default('client_secret_basic')
        .describe(
          'How the gateway presents the client: with a secret that only the gateway holds; with an assertion that it signs (RFC 7523); by its client_id beside the certificate headers; or, passthrough, with what the client itself sent.',
        ),
      client_secret: z
        .string()
        .min(1)
        .optional()
        .describe('The secret that only the gateway holds; better given as client_secret_file.'),
      client_secret_file: file
        .optional()
        .describe('File that holds the secret; one line ending is dropped.'),
      private_key: file
        .optional()
        .describe('private_key_jwt: PEM file of the key that signs, not encrypted.'),
      key_id: z.string().min(1).optional().describe('private_key_jwt: the kid of the key.'),
      audience: z
        .string()
        .min(1)
        .optional()
        .describe(
          'private_key_jwt: the aud of the assertion. Absent: the address of the token endpoint of the upstream.',
        ),
    })
    .optional()
    .describe(
      'What the gateway presents to an upstream of kind gateway once the client has authenticated. Absent: what the client sent where it has a secret, else its client_id.',
    ),
});
