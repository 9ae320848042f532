/** The keys of what is believed about certificates: path rules and revocation. */

import { z } from 'zod';

import { clockSkew, duration, file, url } from './values.ts';

export const certificateRules = z
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
  .describe('Rules for certificates that a CA vouches for (RFC 5280 section 6).');

export const revocation = z
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
  .describe('Where revocations are learnt from. A list counts for its own CA only.');
