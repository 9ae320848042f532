/** The keys of the server behind the gateway, embedded or foreign. */

import { z } from 'zod';

import { certificateHeader } from './certificate-header.ts';
import { introspection } from './introspection.ts';
import { metadata } from './metadata.ts';
import { peopleKeys } from './people.ts';
import { pushedRequestKeys } from './pushed-requests.ts';
import { profileKeys } from './security-profile.ts';
import { signingKeys } from './signing-keys.ts';
import { registration } from './registration.ts';
import { uma } from './uma.ts';
import { bytes, duration, fieldName, file, headerName, lifetime, path, url } from './values.ts';

export const embedded = z
  .strictObject({
    issuer: url(/^https$/, 'an https URL').describe(
      'The issuer identifier (RFC 8414 section 2), an origin without a path or a slash at its end; every published address starts with it.',
    ),
    ...profileKeys,
    ...pushedRequestKeys,
    access_token_lifetime: lifetime.prefault('1h').describe('Lifetime of access tokens.'),
    signing_keys: signingKeys,
    introspection_callers: z
      .array(z.string())
      .default([])
      .describe("client_ids that may introspect every client's tokens; all others see their own."),
    users_file: file
      .optional()
      .describe(
        'File of the users, a line name:hash for each, the hash by argon2id or scrypt as a PHC string; certbound user add writes it. With it, people can log in.',
      ),
    ...peopleKeys,
    password_grant: z
      .boolean()
      .default(false)
      .describe(
        'Lets clients with the grant password have tokens for a name and a password of users_file (RFC 6749 section 4.3). The client sees the password: for clients of your own that know no other way.',
      ),
    registration,
    uma: uma.optional(),
  })
  .describe('The token service in this process. Its records live in the store.');

export const upstream = z
  .strictObject({
    url: url(/^https?$/, 'an http or https URL').describe(
      'Origin of the identity server, without a path, a query or credentials.',
    ),
    ca: z
      .array(file)
      .default([])
      .describe(
        "PEM files of the CAs of the upstream's certificate. Empty: the public roots. The certificate is always verified.",
      ),
    kind: z
      .enum(['gateway', 'native'])
      .default('gateway')
      .describe(
        'gateway: the server knows nothing of certificates; the gateway authenticates clients, binds tokens and adds cnf. native: the server speaks RFC 8705 itself from the certificate header.',
      ),
    endpoints: z
      .strictObject({
        token: path.default('/oauth2/token').describe('Path of the token endpoint.'),
        introspection: path
          .default('/oauth2/introspect')
          .describe('Path of the introspection endpoint.'),
        revocation: path.default('/oauth2/revoke').describe('Path of the revocation endpoint.'),
        authorization: path
          .default('/oauth2/authorize')
          .describe('Path of the authorization endpoint.'),
        pushed_authorization: path
          .optional()
          .describe(
            'Path of the pushed authorization request endpoint (RFC 9126). Absent: requests there pass like any other.',
          ),
        device_authorization: path
          .optional()
          .describe(
            'Path of the device authorization endpoint (RFC 8628). Absent: requests there pass like any other.',
          ),
        backchannel_authentication: path
          .optional()
          .describe(
            'Path of the CIBA endpoint for authentication requests. Absent: requests there pass like any other.',
          ),
        metadata: z
          .array(path)
          .default(['/.well-known/oauth-authorization-server', '/.well-known/openid-configuration'])
          .describe(
            'Paths of the metadata documents. Where the issuer has a path, it stands behind the first and before the second: /.well-known/oauth-authorization-server/tenant, /tenant/.well-known/openid-configuration.',
          ),
        userinfo: path
          .optional()
          .describe(
            'Path of the userinfo endpoint, a protected path with binding if_bound, see protected_paths. Absent: /oauth2/userinfo before a server of kind gateway, none before one of kind native.',
          ),
      })
      .prefault({})
      .describe('Paths of the endpoints, here and at the upstream.'),
    certificate_headers: z
      .array(certificateHeader)
      .prefault([])
      .describe(
        'Headers in which the upstream receives the client certificate, several at once if need be. A certificate that a CA of client_ca vouches for is sent, and so is a self-signed one: the server must compare certificates or thumbprints, never names alone. Whatever a client sends under a certificate header name never reaches the upstream.',
      ),
    request_headers_to_remove: z
      .array(headerName)
      .max(64)
      .default([])
      .describe(
        'Further headers of clients that never reach the upstream, in any spelling, such as X-User-Cert where the upstream believes it. The known certificate headers are removed in any case. See docs/certificate-headers.md.',
      ),
    max_certificate_header_bytes: bytes
      .default(6_144)
      .describe(
        'Most bytes of all certificate headers of a request with their chains; beyond it the certificate alone is sent, and the log says so. Many servers take 8 KiB of headers in all.',
      ),
    certificate_proof: z
      .strictObject({
        key_file: file.describe(
          'File that holds the key, printable ASCII of 32 characters or more; one line ending is dropped. Who reads it can make certificates up.',
        ),
        name: fieldName
          .default('certbound-certificate-proof')
          .describe('Name of the header of the proof.'),
      })
      .optional()
      .describe(
        'A header that proves to the upstream that the certificate of a request comes from this gateway: a JWT signed with HMAC SHA-256 over thumbprint, X-Request-Id and time. For networks where others can reach the upstream.',
      ),
    token_binding: z
      .strictObject({
        kept: z
          .enum(['stored', 'sealed'])
          .default('stored')
          .describe(
            'stored: one record in the store for each token; clients hold the tokens of the server. sealed: clients hold the token and its binding encrypted, which only the gateway opens; nothing is stored, replicas share the keys alone.',
          ),
        sealing_keys: z
          .array(file)
          .default([])
          .describe(
            'sealed: files with one key of 32 octets each, in base64 or hex (openssl rand -base64 32). The first seals, all open: add a new key behind the others everywhere, then move it to the front, and drop the old one when its last token has expired.',
          ),
      })
      .prefault({})
      .describe('Where a server of kind gateway has it that a token belongs to a certificate.'),
    introspection,
    metadata,
    connect_timeout: duration.prefault('5s').describe('Longest time to connect, TLS included.'),
    response_timeout: duration
      .prefault('30s')
      .describe("Longest time until the upstream's header block is there."),
    body_idle_timeout: duration
      .prefault('30s')
      .describe('Longest silence of the upstream within a body.'),
    max_connections: z
      .number()
      .int()
      .positive()
      .default(128)
      .describe(
        'Connections to the upstream at once, for the OAuth endpoints; as many again for everything else, as many for bodies of more than 64 KiB, and as many WebSockets.',
      ),
    max_queue: z
      .number()
      .int()
      .positive()
      .default(1_024)
      .describe(
        'Requests waiting for a connection; one more is answered 503, or one of the network that has the most of them there.',
      ),
    access_token_lifetime: lifetime
      .prefault('1h')
      .describe('How long a binding lives when the token answer has no expires_in.'),
    refresh_token_lifetime: lifetime
      .prefault('30d')
      .describe('How long the binding of a refresh token lives after its last use.'),
  })
  .describe('An identity server behind the gateway.');
