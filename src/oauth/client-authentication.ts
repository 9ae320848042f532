/**
 * Evidence, possible methods, the client, its one registered method, one verifier: in this order,
 * so that no method can be downgraded into another (RFC 8705 section 2, RFC 6749 section 2.3).
 */

import type {
  ClientCertificate,
  Presentation,
  Verdict,
} from '../certificate/client-certificate.ts';
import type { Client, ClientSecretDigest } from '../clients/client.ts';
import { isSecretOf } from '../clients/client-secret.ts';
import type { Presented } from '../clients/client-match.ts';
import type { JwksSources } from '../clients/jwks-sources.ts';
import type { ClientRegistry } from '../clients/registry.ts';
import { verifyClient } from '../clients/verify-client.ts';
import type { RequestError } from '../errors.ts';
import { whenAtHand } from '../http/at-hand.ts';
import type { Form } from '../http/form.ts';
import { waitTraced } from '../http/trace.ts';
import type { Trust } from '../trust/trust.ts';
import type { Call } from './call.ts';
import { invalidClient, refuseEmptyHanded, refuseOutOfDate } from './client-refusal.ts';
import { readEvidence } from './evidence.ts';
import type { Evidence } from './evidence.ts';

export type ClientDecision =
  /** Proven here; a public client by naming itself alone. */
  | {
      readonly kind: 'authenticated';
      readonly client: Client;
      /** The certificate that proved it; undefined where something else did. */
      readonly certificate: ClientCertificate | undefined;
      /** By the policy of the client where it has one of its own, else by that of the listener. */
      readonly verdict: Verdict | undefined;
    }
  /** The credential is one that the upstream verifies; it sees the request as the client sent it. */
  | {
      readonly kind: 'deferred';
      /** The client that was named, where it is known here. */
      readonly client: Client | undefined;
      /** Its certificate, where that is proven here. */
      readonly certificate: ClientCertificate | undefined;
      readonly verdict: Verdict | undefined;
    };

export interface AuthenticationPolicy {
  readonly registry: ClientRegistry;
  readonly trust: Pick<Trust, 'prepare' | 'verdictFor'>;
  /** The keys behind the `jwks_uri` of clients that have one. */
  readonly keySources: JwksSources;
  /**
   * Counts a request of a client that has proven who it is.
   *
   * @throws RequestError 429 where it asks too often.
   */
  readonly countRequest: (clientId: string, call: Call) => void;
  /** Whether the server behind verifies the credentials of clients that the registry does not know. */
  readonly defersUnknown: boolean;
}

/**
 * Decides who the client of this form is, at once where nothing has to be waited for; it then throws in
 * place of rejecting.
 *
 * @throws RequestError 401 `invalid_client`. The text is the same for an unknown client and for a
 * certificate that is not the client's, so that nobody learns which clients exist. StoreError where
 * nobody can say whether there is such a client. 429 where a
 * client that is who it says asks too often.
 */
export function authenticateClient(
  call: Call,
  form: Form,
  policy: AuthenticationPolicy,
): ClientDecision | Promise<ClientDecision> {
  const evidence = readEvidence(call, form);
  const found = policy.registry.find(evidence.clientId ?? '');
  const decided = whenAtHand(found, (client) => decide(call, evidence, client, policy));
  return whenAtHand(decided, (decision) => {
    // Never by a client_id that is only claimed: else anybody could use up what is another one's.
    const isProven = decision.kind === 'authenticated' && decision.client.method !== 'none';
    if (isProven) policy.countRequest(decision.client.clientId, call);
    return decision;
  });
}

function decide(
  call: Call,
  evidence: Evidence,
  client: Client | undefined,
  policy: AuthenticationPolicy,
): ClientDecision | Promise<ClientDecision> {
  if (client === undefined && policy.defersUnknown) return deferred(undefined);
  refuseEmptyHanded(call, evidence, client);
  if (evidence.credential === 'none') refuseOutOfDate(call.presentation, evidence);
  if (client === undefined) throw unknownClient(evidence);
  if (!methodsOf(evidence).includes(client.method)) {
    throw invalidClient(evidence, 'client_method_mismatch');
  }
  switch (client.method) {
    case 'self_signed_tls_client_auth':
    case 'tls_client_auth':
      return whenAtHand(verifyCertificate(call, { client, evidence, policy }), (proven) => ({
        kind: 'authenticated',
        client,
        ...proven,
      }));
    case 'client_secret_basic':
    case 'client_secret_post':
      if (client.secret === undefined) return deferred(client);
      verifySecret(client.secret, evidence);
      return { kind: 'authenticated', client, ...NO_CERTIFICATE };
    case 'certificate_and_secret': {
      if (client.secret !== undefined) verifySecret(client.secret, evidence);
      const proven =
        client.certificate === undefined
          ? NO_CERTIFICATE
          : verifyCertificate(call, { client, evidence, policy });
      const kind = client.secret === undefined ? 'deferred' : 'authenticated';
      return whenAtHand<Proven, ClientDecision>(proven, (presented) => ({
        kind,
        client,
        ...presented,
      }));
    }
    case 'none':
      return { kind: 'authenticated', client, ...NO_CERTIFICATE };
  }
}

const NO_CERTIFICATE = { certificate: undefined, verdict: undefined } as const;

/** What a certificate has proven, if one did. */
type Proven = Presented | typeof NO_CERTIFICATE;

function deferred(client: Client | undefined): ClientDecision {
  return { kind: 'deferred', client, ...NO_CERTIFICATE };
}

interface Verification {
  readonly client: Client;
  readonly evidence: Evidence;
  readonly policy: AuthenticationPolicy;
}

/** @throws RequestError 401 `invalid_client` unless the certificate is the client's. */
function verifyCertificate(
  call: Call,
  { client, evidence, policy }: Verification,
): Presented | Promise<Presented> {
  const { certificate, verdict } = provenCertificate(call.presentation, evidence);
  const answers = policy.trust.prepare(call.chain, client.clientId);
  return whenAtHand(waitTraced(call.trace, 'revocation', answers), () => {
    const own = policy.trust.verdictFor(client.clientId, call.chain);
    const presented = { certificate, verdict: own ?? verdict };
    const verified = verifyClient(client, presented, policy.keySources);
    return whenAtHand(waitTraced(call.trace, 'key_set', verified), (mismatch) => {
      if (mismatch === undefined) return presented;
      throw invalidClient(evidence, mismatch.reason, mismatch.detail);
    });
  });
}

/** @throws RequestError 401 `invalid_client` unless the secret is the client's. */
function verifySecret(registered: ClientSecretDigest, evidence: Evidence): void {
  if (!isSecretOf(evidence.secret ?? '', registered)) {
    throw invalidClient(evidence, 'client_secret_mismatch');
  }
  // Whoever knows the secret may hear it.
  if (registered.expiresAt !== undefined && Date.now() >= registered.expiresAt) {
    const text = 'the client secret has expired';
    throw invalidClient(evidence, 'client_secret_expired', undefined, text);
  }
}

/** Takes as long as a wrong secret does. */
function unknownClient(evidence: Evidence): RequestError {
  isSecretOf(evidence.secret ?? '', undefined);
  return invalidClient(evidence, 'client_unknown');
}

/** The methods that this evidence could belong to; the client's own must be among them. */
function methodsOf(evidence: Evidence): readonly Client['method'][] {
  switch (evidence.credential) {
    case 'none':
      return ['self_signed_tls_client_auth', 'tls_client_auth', 'none'];
    case 'basic':
      return ['client_secret_basic', 'certificate_and_secret'];
    case 'post':
      return ['client_secret_post', 'certificate_and_secret'];
    case 'assertion':
    case 'bearer':
      return [];
  }
}

/** The certificate whose possession a handshake proved, here or at the balancer. */
function provenCertificate(presentation: Presentation, evidence: Evidence): Presented {
  if (presentation.kind === 'presented') return presentation;
  throw invalidClient(evidence, 'certificate_absent');
}
