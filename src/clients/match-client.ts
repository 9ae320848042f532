/** Whether a certificate is a client's: the one verifier of the client's one method. */

import { certificateOf } from './client.ts';
import type { Client } from './client.ts';
import type { ClientMismatch, JwksAnswer, Presented } from './client-match.ts';
import { matchSubject } from './certificate-subject.ts';
import { matchRegisteredCertificate } from './registered-certificate.ts';

/**
 * Undefined when the certificate authenticates the client, else why not. Fetches nothing: a client
 * whose `jwks_uri` decides is refused with `client_keys_unavailable` until an answer is handed in.
 */
export function matchClient(
  client: Client,
  presented: Presented,
  answer?: JwksAnswer,
): ClientMismatch | undefined {
  const known = certificateOf(client);
  switch (known?.method) {
    case 'self_signed_tls_client_auth':
      return matchRegisteredCertificate(known, presented, answer);
    case 'tls_client_auth':
      return matchSubject(known, presented);
    case undefined:
      return { reason: 'client_method_mismatch', detail: `the client uses ${client.method}` };
  }
}
