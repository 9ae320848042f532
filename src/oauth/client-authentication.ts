/**
 * Evidence, possible methods, the client, its one registered method, one verifier: in this order,
 * so that no method can be downgraded into another (RFC 8705 section 2, RFC 6749 section 2.3).
 */

import type { ClientCertificate, Presentation } from '../certificate/client-certificate.ts';
import { sameDistinguishedName } from '../certificate/distinguished-name.ts';
import type { Client } from '../clients/client.ts';
import type { ClientRegistry } from '../clients/registry.ts';
import { RequestError } from '../errors.ts';
import type { Reason } from '../errors.ts';
import type { Form } from '../http/form.ts';
import type { Call } from './call.ts';
import { readEvidence } from './evidence.ts';
import type { Evidence } from './evidence.ts';

export type ClientDecision =
  /** Proven here, by this certificate. */
  | {
      readonly kind: 'authenticated';
      readonly client: Client;
      readonly certificate: ClientCertificate;
    }
  /** The credential is one that the upstream verifies; it sees the request as the client sent it. */
  | { readonly kind: 'deferred' };

export interface AuthenticationPolicy {
  readonly registry: ClientRegistry;
  /** What becomes of a client that the registry does not know. */
  readonly unknownClients: 'refuse' | 'defer';
}

/**
 * Decides who the client of this form is.
 *
 * @throws RequestError 401 `invalid_client`. The text is the same for an unknown client and for a
 * certificate that is not the client's, so that nobody learns which clients exist.
 */
export function authenticateClient(
  call: Call,
  form: Form,
  policy: AuthenticationPolicy,
): ClientDecision {
  const evidence = readEvidence(call, form);
  if (evidence.clientId !== undefined) call.journal.clientId = evidence.clientId;

  const client = policy.registry.find(evidence.clientId ?? '');
  if (client === undefined && policy.unknownClients === 'defer') return { kind: 'deferred' };
  refuseEmptyHanded(call, evidence);
  if (client === undefined) throw invalidClient(evidence, 'client_unknown');
  if (!methodsOf(evidence).includes(client.method)) {
    throw invalidClient(evidence, 'client_method_mismatch');
  }
  switch (client.method) {
    case 'self_signed_tls_client_auth':
    case 'tls_client_auth': {
      const certificate = provenCertificate(call.presentation, evidence);
      const reason = mismatch(client, certificate, call.presentation);
      if (reason !== undefined) throw invalidClient(evidence, reason, certificate.thumbprint);
      return { kind: 'authenticated', client, certificate };
    }
    case 'client_secret_basic':
    case 'client_secret_post':
      return { kind: 'deferred' };
  }
}

/** The methods that this evidence could belong to; the client's own must be among them. */
function methodsOf(evidence: Evidence): readonly Client['method'][] {
  switch (evidence.credential) {
    case 'none':
      return ['self_signed_tls_client_auth', 'tls_client_auth'];
    case 'basic':
      return ['client_secret_basic'];
    case 'post':
      return ['client_secret_post'];
    case 'assertion':
    case 'bearer':
      return [];
  }
}

/** What is missing can be said plainly: the answer is the same for every client_id. */
function refuseEmptyHanded(call: Call, evidence: Evidence): void {
  if (evidence.clientId === undefined) {
    throw invalidClient(evidence, 'client_id_missing', undefined, 'the client_id is missing');
  }
  if (evidence.credential === 'none' && call.presentation.kind === 'absent') {
    const text = 'the request carries no client certificate and no other credential';
    throw invalidClient(evidence, 'certificate_absent', undefined, text);
  }
}

/** The certificate whose possession the handshake proved, within its validity period. */
function provenCertificate(presentation: Presentation, evidence: Evidence): ClientCertificate {
  if (presentation.kind === 'absent') throw invalidClient(evidence, 'certificate_absent');
  if (presentation.kind === 'unreadable') {
    throw invalidClient(evidence, presentation.reason, presentation.detail);
  }
  const { certificate, verdict } = presentation;
  if (verdict.kind !== 'untrusted') return certificate;
  if (verdict.reason === 'certificate_expired') {
    throw invalidClient(evidence, verdict.reason, verdict.detail, 'the certificate has expired');
  }
  if (verdict.reason === 'certificate_not_yet_valid') {
    throw invalidClient(
      evidence,
      verdict.reason,
      verdict.detail,
      'the certificate is not valid yet',
    );
  }
  return certificate;
}

/** The one verifier of the client's method; undefined when the certificate is the client's. */
function mismatch(
  client: Extract<Client, { method: 'self_signed_tls_client_auth' | 'tls_client_auth' }>,
  certificate: ClientCertificate,
  presentation: Presentation,
): Reason | undefined {
  switch (client.method) {
    // RFC 8705 section 2.2: no chain is looked at; only a registered certificate counts.
    case 'self_signed_tls_client_auth':
      return client.thumbprints.has(certificate.thumbprint)
        ? undefined
        : 'certificate_not_registered';
    // RFC 8705 section 2.1: a validated chain first, then the one registered subject.
    case 'tls_client_auth':
      if (presentation.kind !== 'presented' || presentation.verdict.kind !== 'trusted') {
        return 'certificate_untrusted';
      }
      return sameDistinguishedName(client.subject, certificate.subject)
        ? undefined
        : 'certificate_subject_mismatch';
  }
}

function invalidClient(
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
    // RFC 6749 section 5.2: the scheme that the client used is named in the answer.
    headers:
      evidence.credential === 'basic'
        ? [['www-authenticate', 'Basic realm="certbound", charset="UTF-8"']]
        : [],
  });
}
