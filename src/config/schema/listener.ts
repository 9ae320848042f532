/** The keys of one listener. */

import { z } from 'zod';

import { addressRange } from './address-range.ts';
import { loadBalancer } from './load-balancer.ts';
import { address, bytes, duration, file, revocationMode } from './values.ts';

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

export const listener = z.strictObject({
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
