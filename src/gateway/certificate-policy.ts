/** What is demanded of the certificate of a request before anything else is done about it. */

import { RequestError } from '../errors.ts';
import type { Call } from '../oauth/call.ts';

/**
 * What the listener's mode demands, before the body is read and before anything is forwarded.
 *
 * @throws RequestError 401 `invalid_client` on OAuth paths, else 400; the connection closes.
 */
export function requireCertificate(call: Call, isOauth: boolean): void {
  const { presentation } = call;
  if (presentation.kind === 'presented') return;
  if (presentation.kind === 'unreadable') {
    throw new RequestError({
      status: isOauth ? 401 : 400,
      code: isOauth ? 'invalid_client' : 'client_certificate_invalid',
      reason: presentation.reason,
      publicText: 'the client certificate can not be read',
      detail: presentation.detail,
    });
  }
  if (call.exchange.connection.clientCertificateMode !== 'require') return;
  throw new RequestError({
    status: isOauth ? 401 : 400,
    code: isOauth ? 'invalid_client' : 'client_certificate_required',
    reason: 'certificate_absent',
    publicText: 'a client certificate is required',
  });
}
