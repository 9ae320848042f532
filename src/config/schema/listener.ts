/** The keys of one listener. */

import { z } from 'zod';

import { addressRange } from './address-range.ts';
import { loadBalancer } from './load-balancer.ts';
import { address, bytes, duration, file, rate, revocationMode } from './values.ts';

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
    tunnel_idle_timeout: duration
      .prefault('5m')
      .describe(
        'How long a WebSocket connection is kept while nothing passes in either direction.',
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
    max_connections_per_address: z
      .number()
      .int()
      .positive()
      .optional()
      .describe(
        'Connections that one client address may have open at once; one more is closed before its handshake. An IPv6 client counts with its /64. Behind proxy_protocol the address is the one told. Absent: only max_connections holds. See docs/limits.md.',
      ),
    max_handshakes_per_address: rate
      .optional()
      .describe(
        'TLS handshakes that one client address may begin in a time, such as 20/s or 600/m; as many at once. One more is closed before it costs a signature. Absent: no bound.',
      ),
    exempt_addresses: z
      .array(addressRange)
      .default([])
      .describe(
        'Addresses and ranges (CIDR) to which the two limits per address do not apply, such as those of a load balancer that passes TLS on without the PROXY protocol. Those of from_load_balancer.peers and, for their own connections, of proxy_protocol.peers never count.',
      ),
    max_body_bytes: bytes
      .max(1_099_511_627_776)
      .default(16_777_216)
      .describe(
        'Largest request body passed on; a larger one is answered 413. A route may have a limit of its own. Forms of OAuth endpoints have a smaller one.',
      ),
    max_pending_handshakes: z
      .number()
      .int()
      .positive()
      .default(2_000)
      .describe(
        'TLS handshakes under way at once; one more ends the oldest of them, so that clients that stall lock nobody out.',
      ),
  })
  .describe('Time and size limits of the listener.');

const proxyProtocol = z
  .strictObject({
    peers: z
      .array(addressRange)
      .min(1)
      .describe(
        'Addresses and ranges (CIDR) of the load balancers. Compared with the address of the TCP connection itself, never with one that a header tells. Who connects from elsewhere is closed.',
      ),
    header_timeout: duration
      .prefault('5s')
      .describe(
        'Longest time from TCP accept to the end of the PROXY header; part of limits.handshake_timeout.',
      ),
  })
  .optional()
  .describe(
    'The PROXY protocol, version 1 or 2: a load balancer that passes TLS on says whose connection it is. With it every connection must come from a listed peer and begin with the header; all others are closed, so clients that connect directly need a listener of their own. The address in the header is the one in logs and in X-Forwarded-For and Forwarded.',
  );

const clientCertificate = z.enum(['off', 'want', 'require']);

/** ASCII only: browsers turn other letters into `xn--` labels before they connect. */
const serverName = z
  .string()
  .max(253)
  .regex(
    /^(\*\.)?[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?)*$/i,
    'expected a host name such as api.example.com, or *. and one',
  )
  .meta({ title: 'host name' });

const serverNames = z
  .strictObject({
    names: z
      .array(serverName)
      .min(1)
      .describe(
        'Host names, each in one entry only. *.example.com stands for one label before example.com; a name that is written out goes first.',
      ),
    certificate: file
      .optional()
      .describe(
        "PEM file of the server certificate for these names, with its intermediates. Absent: the listener's.",
      ),
    private_key: file
      .optional()
      .describe('PEM file of its private key, not encrypted; together with certificate.'),
    client_certificate: clientCertificate
      .optional()
      .describe(
        "off, want or require for clients that connect to these names. Absent: the listener's.",
      ),
  })
  .describe('A certificate and a mode for some server names.');

export const listener = z.strictObject({
  name: z
    .string()
    .regex(/^[a-z0-9][a-z0-9_-]{0,31}$/, 'expected 1 to 32 of a-z, 0-9, _ and -')
    .default('public')
    .describe('Name in logs and metrics; unique.'),
  address: address.describe('Address to listen on, host:port.'),
  certificate: file.describe('PEM file of the server certificate, followed by its intermediates.'),
  private_key: file.describe('PEM file of its private key, not encrypted.'),
  client_certificate: clientCertificate
    .default('want')
    .describe(
      'off: never asked for. want: asked for, a client without one is served. require: each request without one is refused.',
    ),
  server_names: z
    .array(serverNames)
    .max(1_000)
    .default([])
    .describe(
      'Other certificates and modes by the server name that the client connects to (SNI). Without a name, and for every other name, the keys above hold. A request whose Host has another mode than the connection is answered 421.',
    ),
  session_resumption: z
    .enum(['off', 'on'])
    .optional()
    .describe(
      'Whether clients may resume TLS sessions. A resumed connection shows no key again: the certificate of the first handshake counts, judged anew at every request. Absent: on where no certificate is asked for, else off.',
    ),
  session_ticket_lifetime: duration
    .prefault('1h')
    .describe('How long a session may be resumed. The key of the tickets changes as often.'),
  session_ticket_key: file
    .optional()
    .describe(
      'File of 48 or more random octets, from which ticket keys are derived. Gateways with the same file and the same listener name take the tickets of each other. Absent: a random key per process. Whoever reads it can read recorded traffic and take the place of clients.',
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
      'Whether a certificate that a CA vouches for may be revoked. off: not asked. soft: refused when known to be revoked. hard: refused too where no current CRL or OCSP answer tells. See the section revocation.',
    ),
  tls_min_version: z
    .enum(['TLSv1.2', 'TLSv1.3'])
    .default('TLSv1.2')
    .describe('Oldest TLS version taken.'),
  from_load_balancer: loadBalancer.optional(),
  http2: z
    .boolean()
    .default(true)
    .describe(
      'Speaks HTTP/2 with clients that ask for it in the handshake (ALPN), at most 100 requests at once on a connection; the others get HTTP/1.1. The limits hold for both; with HTTP/2 header_timeout is the time for the first request.',
    ),
  limits: limits.prefault({}),
  proxy_protocol: proxyProtocol,
});
