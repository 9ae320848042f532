/** The verifier of tls_client_auth (RFC 8705 section 2.1). */

import {
  formatPresented,
  formatSubject,
  hasSubject,
} from '../certificate/name/registered-subject.ts';
import { publicKeyPinOf } from '../certificate/thumbprint.ts';
import { CertificateError } from '../errors.ts';
import type { PkiClient } from './client.ts';
import { listValues } from './client-match.ts';
import type { ClientMismatch, Presented } from './client-match.ts';

/** Undefined when the certificate is trusted, has the client's subject and a key that it may have. */
export function matchSubject(
  client: PkiClient,
  { certificate, verdict }: Presented,
): ClientMismatch | undefined {
  if (verdict.kind === 'untrusted') return { reason: verdict.reason, detail: verdict.detail };
  if (verdict.kind === 'self_signed') {
    return { reason: 'certificate_untrusted', detail: 'it is self-signed, no CA vouches for it' };
  }
  const mismatch = compareSubject(client, certificate);
  if (mismatch !== undefined) return mismatch;
  if (client.publicKeyPins.size === 0) return undefined;

  const pin = publicKeyPinOf(certificate.publicKey);
  if (client.publicKeyPins.has(pin)) return undefined;
  const detail = `presented key ${pin}, pinned ${listValues([...client.publicKeyPins])}`;
  return { reason: 'certificate_key_not_pinned', detail };
}

function compareSubject(
  { registeredSubject: subject }: PkiClient,
  certificate: Presented['certificate'],
): ClientMismatch | undefined {
  try {
    if (hasSubject(certificate, subject)) return undefined;
    const presented = listValues(formatPresented(certificate, subject.parameter));
    const detail = `${subject.parameter}: presented ${presented}, registered ${listValues([formatSubject(subject)])}`;
    return { reason: 'certificate_subject_mismatch', detail };
  } catch (error) {
    if (!(error instanceof CertificateError)) throw error;
    return { reason: error.reason, detail: error.message };
  }
}
