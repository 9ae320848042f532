/** The keys of a load balancer that ends TLS in front of a listener and passes the certificate on. */

import { z } from 'zod';

import { HEADER_FORMATS } from '../../certificate/header/header-codec.ts';
import { anyAddressRange } from './address-range.ts';
import { fieldName } from './values.ts';

export const loadBalancer = z
  .strictObject({
    format: z
      .enum(HEADER_FORMATS)
      .describe(
        'How the balancer spells the certificate; certificate-headers.md has an example of each.',
      ),
    name: fieldName
      .optional()
      .describe(
        'Name of the header with the client certificate. Absent: the usual one of the format. The balancer must replace or drop whatever a client sends under it.',
      ),
    chain_name: fieldName
      .optional()
      .describe(
        'Name of the header with the other certificates of the client, or what stands before _0 where it is numbered. Absent: the usual one of the format, where it has one.',
      ),
    peers: z
      .array(anyAddressRange)
      .min(1)
      .describe(
        "Addresses of the balancer's own sockets, alone or as ranges such as 10.1.0.0/16. Compared with the peer of the TCP connection, whatever a PROXY, Forwarded or X-Forwarded-For header says. From every other address the header is dropped unread.",
      ),
    peer_certificate: z
      .preprocess(
        (value) => (typeof value === 'string' ? [value] : value),
        z.array(z.string().min(1)).min(1),
      )
      .optional()
      .describe(
        "The balancer's own client certificate, by its SHA-256 thumbprint or the SHA-256 of its public key, each in any notation; several allow rotation. The certificate of the TLS connection is then the balancer's, and a connection without it is not believed. Absent: every program at an address of peers is believed.",
      ),
    verified: z
      .enum(['here', 'balancer'])
      .default('here')
      .describe(
        'here: path, dates and revocation of the certificate are checked as if the client had come itself. balancer: its word is taken that a CA vouches for the certificate and that it is not revoked; client_ca is not asked. Only for a balancer that refuses every certificate it can not verify.',
      ),
  })
  .describe(
    'Takes the client certificate from a header that a load balancer writes. Whoever can connect from peers (and has peer_certificate) can be any client.',
  );
