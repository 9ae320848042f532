/**
 * Every key of the configuration: meaning, default, unit, security effect. Nothing else documents
 * them; docs/configuration.md and docs/config.schema.json are generated from here.
 */

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
const duration = spanUpTo('24h', UNIT_MS.d);
/** By how much a clock may be wrong; more would be another time. */
const clockSkew = spanUpTo('5m', 5 * UNIT_MS.m, 0);
/** How long a record lives. */
const lifetime = spanUpTo('3650d', 3_650 * UNIT_MS.d);

/** `host:port`; IPv6 in brackets. */
const address = z
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

const file = z.string().min(1).meta({ title: 'file' });
const path = z
  .string()
  .regex(/^\/[^\s?#]*$/, 'expected a path that starts with /')
  .meta({ title: 'URL path' });
const headerName = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]*$/, 'expected a lower-case header name')
  .meta({ title: 'header name' });
const bytes = z.number().int().positive().meta({ title: 'bytes' });
const url = (protocol: RegExp, expected: string) =>
  z
    .url({
      protocol,
      error: ({ code }) => (code === 'invalid_format' ? `expected ${expected}` : undefined),
    })
    .meta({ title: 'URL' });

const limits = z
  .strictObject({
    handshake_timeout: duration
      .prefault('10s')
      .describe('Longest time from TCP accept to the end of the TLS handshake.'),
    header_timeout: duration
      .prefault('10s')
      .describe('Longest time a client may take for one header block.'),
    request_timeout: duration
      .prefault('60s')
      .describe('Longest time a client may take to send one whole request.'),
    idle_timeout: duration
      .prefault('65s')
      .describe(
        'How long a connection is kept open between requests; longer than the idle time of a load balancer in front (60s for most).',
      ),
    max_header_bytes: bytes
      .min(4_096)
      .max(1_048_576)
      .default(32_768)
      .describe('Largest header block taken from a client; beyond it the answer is 431.'),
    max_connections: z
      .number()
      .int()
      .positive()
      .default(10_000)
      .describe('Connections open at once; one more is closed at accept.'),
  })
  .describe('Time and size limits of the listener.');

const revocationMode = z.enum(['off', 'soft', 'hard']);

const listener = z.strictObject({
  name: z
    .string()
    .regex(/^[a-z0-9][a-z0-9_-]{0,31}$/, 'expected 1 to 32 of a-z, 0-9, _ and -')
    .default('public')
    .describe('Name in logs and metrics; unique.'),
  address: address.describe('Address to listen on, host:port.'),
  certificate: file.describe('PEM file of the server certificate, followed by its intermediates.'),
  private_key: file.describe('PEM file of its private key, not encrypted.'),
  client_certificate: z
    .enum(['off', 'want', 'require'])
    .default('want')
    .describe(
      'off: never asked for. want: asked for, a client without one is served. require: each request without one is refused.',
    ),
  client_ca: z
    .array(file)
    .default([])
    .describe(
      'Trust stores of the CAs that vouch for clients of the method tls_client_auth: PEM, DER, PKCS#12 or JKS files, told apart by what is in them. A trust anchor may be a root, an intermediate or a client certificate itself. Empty: nobody is vouched for, only registered certificates count.',
    ),
  client_ca_passphrase_file: file
    .optional()
    .describe('File with the passphrase of the PKCS#12 and JKS files among client_ca.'),
  advertise_ca_names: z
    .boolean()
    .default(false)
    .describe(
      'Shows the names of client_ca to clients in the handshake. Some clients choose their certificate by them; browsers and Java then withhold every other one, self-signed ones too.',
    ),
  revocation: revocationMode
    .default('off')
    .describe(
      'Whether a certificate that a CA vouches for may be revoked. off: not asked. soft: refused when known to be revoked. hard: refused too where no current CRL tells.',
    ),
  tls_min_version: z
    .enum(['TLSv1.2', 'TLSv1.3'])
    .default('TLSv1.2')
    .describe('Oldest TLS version taken.'),
  limits: limits.prefault({}),
});

const client = z.strictObject({
  client_id: z
    .string()
    .regex(/^[\x20-\x7e]{1,255}$/, 'expected 1 to 255 printable ASCII characters')
    .describe('The client identifier (RFC 6749 section 2.2).'),
  token_endpoint_auth_method: z
    .enum([
      'self_signed_tls_client_auth',
      'tls_client_auth',
      'client_secret_basic',
      'client_secret_post',
    ])
    .describe('The one method by which this client authenticates; no other is accepted from it.'),
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
      'The secret of the client_secret methods, printable ASCII. Embedded token service only; better given as client_secret_file.',
    ),
  client_secret_file: file
    .optional()
    .describe('File that holds the secret; one line ending is dropped.'),
  grant_types: z
    .array(z.enum(['client_credentials']))
    .default(['client_credentials'])
    .describe(
      'Grants of this client at the embedded token service. Empty: none, for a client that only introspects.',
    ),
  upstream: z
    .strictObject({
      auth_method: z
        .enum(['client_secret_basic', 'client_secret_post'])
        .default('client_secret_basic')
        .describe('How the gateway presents the secret to the upstream.'),
      client_secret: z
        .string()
        .min(1)
        .optional()
        .describe('The secret that only the gateway holds; better given as client_secret_file.'),
      client_secret_file: file
        .optional()
        .describe('File that holds the secret; one line ending is dropped.'),
    })
    .optional()
    .describe(
      'What the gateway presents to an upstream of kind gateway once the certificate has passed.',
    ),
});

const embedded = z
  .strictObject({
    issuer: url(/^https$/, 'an https URL').describe(
      'The issuer identifier (RFC 8414 section 2), an origin without a path or a slash at its end; every published address starts with it.',
    ),
    access_token_lifetime: lifetime.prefault('1h').describe('Lifetime of access tokens.'),
    introspection_callers: z
      .array(z.string())
      .default([])
      .describe("client_ids that may introspect every client's tokens; all others see their own."),
  })
  .describe('The token service in this process. Its records live in the store.');

const upstream = z
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
      })
      .prefault({})
      .describe('Paths of the endpoints, here and at the upstream.'),
    certificate_headers: z
      .array(
        z.discriminatedUnion('format', [
          z.strictObject({
            format: z
              .literal('one_line_pem')
              .describe('PEM on one line, markers kept, as WSO2 Identity Server reads it.'),
            name: headerName.default('x-wso2-mtls-cert').describe('Name of the header.'),
          }),
          z.strictObject({ format: z.literal('rfc9440').describe('Client-Cert of RFC 9440.') }),
        ]),
      )
      .default([])
      .describe(
        'Headers in which the upstream receives the client certificate. A certificate that a CA of client_ca vouches for is sent, and so is a self-signed one: the server must compare certificates or thumbprints, never names alone. Whatever a client sends under a certificate header name never reaches the upstream.',
      ),
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
        'Connections to the upstream at once, for the OAuth endpoints; as many again for everything else.',
      ),
    max_queue: z
      .number()
      .int()
      .positive()
      .default(1_024)
      .describe('Requests waiting for a connection; one more is answered 503.'),
    access_token_lifetime: lifetime
      .prefault('1h')
      .describe('How long a binding lives when the token answer has no expires_in.'),
    refresh_token_lifetime: lifetime
      .prefault('30d')
      .describe('How long the binding of a refresh token lives after its last use.'),
  })
  .describe('An identity server behind the gateway.');

export const configSchema = z.strictObject({
  listeners: z
    .array(listener)
    .min(1)
    .describe('Addresses on which clients are served; one entry each.'),
  management: z
    .strictObject({
      address: address
        .prefault('127.0.0.1:9464')
        .describe('Address of the management listener: /metrics, /livez, /readyz. Plain HTTP.'),
    })
    .prefault({})
    .describe('The management listener, apart from traffic.'),
  token_service: z
    .union([z.strictObject({ embedded }), z.strictObject({ upstream })])
    .describe('Exactly one of embedded and upstream.'),
  clients: z.array(client).default([]).describe('The clients that the gateway knows.'),
  certificate_rules: z
    .strictObject({
      absent_extended_key_usage: z
        .enum(['accept', 'refuse'])
        .default('accept')
        .describe(
          'A client certificate without the extended key usage extension. RFC 5280 restricts only where the extension is there.',
        ),
      any_extended_key_usage: z
        .enum(['accept', 'refuse'])
        .default('refuse')
        .describe('anyExtendedKeyUsage in place of clientAuth, in the certificate and its CAs.'),
      ca_certificate: z
        .enum(['accept', 'refuse'])
        .default('refuse')
        .describe(
          'A client certificate that is a CA (CA:TRUE), for tls_client_auth. Its holder could make more clients. Registered certificates are not affected.',
        ),
      clock_skew: clockSkew
        .prefault('0s')
        .describe('By how much validity periods are widened on both sides.'),
    })
    .prefault({})
    .describe('Rules for certificates that a CA vouches for (RFC 5280 section 6).'),
  revocation: z
    .strictObject({
      crl_files: z
        .array(file)
        .default([])
        .describe(
          'CRL files, or folders of them, PEM or DER, any number of lists in a PEM file. Read again at each refresh.',
        ),
      crl_urls: z
        .array(url(/^https?$/, 'an http or https URL'))
        .default([])
        .describe('Addresses from which CRLs are fetched. Only these are ever asked.'),
      refresh: duration.prefault('1h').describe('How often files and addresses are read again.'),
      allow_private_addresses: z
        .boolean()
        .default(false)
        .describe('Lets crl_urls lead to private and loopback addresses.'),
    })
    .prefault({})
    .describe('Where revocations are learnt from. A list counts for its own CA only.'),
  store: z
    .strictObject({
      engine: z
        .enum(['sqlite', 'memory'])
        .default('sqlite')
        .describe(
          'sqlite: a file, survives restart and power loss. memory: gone with the process.',
        ),
      path: file
        .default('data/certbound.sqlite')
        .describe('The database file of the sqlite engine.'),
      max_records: z
        .number()
        .int()
        .positive()
        .default(5_000_000)
        .describe(
          'Records held at once; a full store refuses new tokens, it never drops a live one.',
        ),
      timeout: duration
        .prefault('2s')
        .describe('Longest wait for one operation; beyond it the answer is 503.'),
    })
    .prefault({})
    .describe('Where bindings and the records of the embedded token service live.'),
  log: z
    .strictObject({
      level: z
        .enum(['debug', 'info', 'warn', 'error'])
        .default('info')
        .describe('Least level that is written.'),
    })
    .prefault({})
    .describe('The log, on standard output.'),
  shutdown: z
    .strictObject({
      drain_timeout: duration
        .prefault('30s')
        .describe('Longest time that open requests get after SIGTERM.'),
    })
    .prefault({})
    .describe('How the program stops.'),
  demo: z
    .strictObject({
      certificates: file.describe(
        'Folder of the demo PKI; files that are missing are made at start, existing ones are never overwritten.',
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
export type ClientConfig = Config['clients'][number];
export type EmbeddedConfig = z.output<typeof embedded>;
export type UpstreamConfig = z.output<typeof upstream>;
