/** The keys of the metadata documents of a server behind the gateway. */

import { z } from 'zod';

import { url } from './values.ts';

export const metadata = z
  .strictObject({
    mtls_aliases_origin: url(/^https$/, 'an https URL')
      .optional()
      .describe(
        'Origin of the listener that asks for client certificates, where it is not the one of the published addresses: it is published in mtls_endpoint_aliases (RFC 8705 section 5) for every endpoint that clients call directly. Absent: none are added.',
      ),
    endpoints_origin: url(/^https$/, 'an https URL')
      .optional()
      .describe(
        'Origin put in place of that of url in the published addresses of endpoints and keys; issuer stays what it is. Absent: the addresses stay as the server publishes them.',
      ),
  })
  .prefault({})
  .describe(
    'The metadata documents (RFC 8414). For kind gateway they tell the methods of the gateway and that tokens are bound; for kind native only what is given here is changed. signed_metadata is taken out of a document that is changed, since it would contradict it.',
  );
