/** What a client hears that has not proven who it is (RFC 6749 section 5.2). */

import type { Presentation } from '../certificate/client-certificate.ts';
import type { Client } from '../clients/client.ts';
import { RequestError } from '../errors.ts';
import type { Reason } from '../errors.ts';
import type { HeaderList } from '../http/exchange.ts';
import type { Call } from './call.ts';
import type { Evidence } from './evidence.ts';

/**
 * What is missing can be said plainly: the answer is the same for every client_id.
 *
 * @throws RequestError 401 `invalid_client` where there is no client_id, or nothing beside it.
 */
export function refuseEmptyHanded(
  call: Call,
  evidence: Evidence,
  client: Client | undefined,
): void {
  if (evidence.clientId === undefined) {
    throw invalidClient(evidence, 'client_id_missing', undefined, 'the client_id is missing');
  }
  // A public client has no credential, and its client_id is no secret.
  if (client?.method === 'none') return;
  if (evidence.credential === 'none' && call.presentation.kind === 'absent') {
    const text = 'the request carries no client certificate and no other credential';
    throw invalidClient(evidence, 'certificate_absent', undefined, text);
  }
}

/**
 * A certificate outside its dates, which its holder may hear; judged before the client, so that the
 * answer tells nothing of clients. What else is wrong with it the verifier of the method says.
 *
 * @throws RequestError 401 `invalid_client`
 */
export function refuseOutOfDate(presentation: Presentation, evidence: Evidence): void {
  if (presentation.kind !== 'presented' || presentation.verdict.kind !== 'untrusted') return;
  const { of, reason, detail } = presentation.verdict;
  const text = DATE_TEXTS.get(reason);
  if (of === 'certificate' && text !== undefined) {
    throw invalidClient(evidence, reason, detail, text);
  }
}

const DATE_TEXTS: ReadonlyMap<Reason, string> = new Map([
  ['certificate_expired', 'the certificate has expired'],
  ['certificate_not_yet_valid', 'the certificate is not valid yet'],
]);

/** RFC 6749 section 5.2: the scheme that the client used is named in the answer. */
const CHALLENGES: Readonly<Record<Evidence['credential'], HeaderList>> = {
  basic: [['www-authenticate', 'Basic realm="certbound", charset="UTF-8"']],
  bearer: [['www-authenticate', 'Bearer realm="certbound"']],
  none: [],
  post: [],
  assertion: [],
};

/**
 * The refusal for that reason, 401 `invalid_client`.
 *
 * @param detail for the log alone.
 */
export function invalidClient(
  evidence: Evidence,
  reason: Reason,
  detail?: string,
  publicText = 'client authentication failed',
): RequestError {
  return new RequestError({
    status: 401,
    code: 'invalid_client',
    reason,
    publicText,
    ...(detail === undefined ? {} : { detail }),
    headers: CHALLENGES[evidence.credential],
  });
}
