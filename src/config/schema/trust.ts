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
      .describe('Addresses from which CRLs are fetched.'),
    crl_distribution_points: z
      .boolean()
      .default(false)
      .describe(
        'Also fetch the CRLs that certificates name (cRLDistributionPoints), once a path from them to a trusted CA has been found and a revocation mode asks.',
      ),
    ocsp: z
      .boolean()
      .default(false)
      .describe(
        'Also ask the OCSP responders that certificates name, under the same conditions. The first request of a certificate waits for the answer.',
      ),
    answer_timeout: duration
      .prefault('5s')
      .describe(
        'How long a request waits for an OCSP answer, or for the first list of a distribution point. After that the revocation mode decides.',
      ),
    retry_pause: duration
      .prefault('1m')
      .describe(
        'How long a responder or distribution point that gave nothing of use is not asked again. No distribution point is asked more often.',
      ),
    refresh: duration
      .prefault('1h')
      .describe(
        'How often files and addresses are read again. Distribution points and responders: also when their own next update is due before.',
      ),
    allow_private_addresses: z
      .boolean()
      .default(false)
      .describe('Lets all these addresses be private and loopback ones. Link-local never.'),
  })
  .prefault({})
  .describe(
    'Where revocations are learnt from. A list or answer counts for the CA that signed it only.',
  );
