/** To which certificate the tokens of a request are bound (RFC 8705 sections 3 and 4). */

import type { Client } from '../clients/client.ts';
import { RequestError } from '../errors.ts';
import type { Call } from './call.ts';
import type { ClientDecision } from './client-authentication.ts';

/**
 * The thumbprint that tokens issued to this client in answer to this call are bound to; undefined
 * where the policy of the client leaves them unbound. Decided before anything is issued.
 *
 * Who vouches for the certificate does not matter here: a public client may have any (section 4).
 *
 * @throws RequestError 400 `invalid_request` where the policy demands a certificate and there is
 * none, or none that is in force.
 */
export function confirmationFor(
  { presentation }: Call,
  client: Client,
  { certificate: proven }: ClientDecision,
): string | undefined {
  if (client.binding === 'off') return undefined;
  // Judged by the client's own rules already, which may differ from the listener's.
  if (proven !== undefined) return proven.thumbprint;
  if (presentation.kind !== 'presented') {
    if (client.binding === 'if_present') return undefined;
    throw refused(
      'certificate_absent',
      'tokens of this client are bound to a certificate: present one',
    );
  }
  const { certificate, verdict } = presentation;
  if (verdict.kind === 'untrusted' && verdict.of === 'certificate') {
    throw refused(verdict.reason, 'the client certificate is not in force', verdict.detail);
  }
  return certificate.thumbprint;
}

function refused(
  reason: RequestError['reason'],
  publicText: string,
  detail?: string,
): RequestError {
  return new RequestError({
    status: 400,
    code: 'invalid_request',
    reason,
    publicText,
    ...(detail === undefined ? {} : { detail }),
  });
}
