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
import { RequestError } from '../errors.ts';
import type { Reason } from '../errors.ts';
import type { HeaderList } from '../http/exchange.ts';
import type { Form } from '../http/form.ts';
import { waitTraced } from '../http/trace.ts';
import type { Trust } from '../trust/trust.ts';
import type { Call } from './call.ts';
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
 * Decides who the client of this form is.
 *
 * @throws RequestError 401 `invalid_client`. The text is the same for an unknown client and for a
 * certificate that is not the client's, so that nobody learns which clients exist. StoreError where
 * nobody can say whether there is such a client. 429 where a
 * client that is who it says asks too often.
 */
export async function authenticateClient(
  call: Call,
  form: Form,
  policy: AuthenticationPolicy,
): Promise<ClientDecision> {
  const evidence = readEvidence(call, form);
  const client = await policy.registry.find(evidence.clientId ?? '');
  if (client === undefined && policy.defersUnknown) return deferred(undefined);
  const decision = await decide(call, evidence, client, policy);
  // Never by a client_id that is only claimed: else anybody could use up what is another one's.
  const isProven = decision.kind === 'authenticated' && decision.client.method !== 'none';
  if (isProven) policy.countRequest(decision.client.clientId, call);
  return decision;
}

async function decide(
  call: Call,
  evidence: Evidence,
  client: Client | undefined,
  policy: AuthenticationPolicy,
): Promise<ClientDecision> {
  refuseEmptyHanded(call, evidence, client);
  if (evidence.credential === 'none') refuseOutOfDate(call.presentation, evidence);
  if (client === undefined) throw unknownClient(evidence);
  if (!methodsOf(evidence).includes(client.method)) {
    throw invalidClient(evidence, 'client_method_mismatch');
  }
  switch (client.method) {
    case 'self_signed_tls_client_auth':
    case 'tls_client_auth': {
      const proven = await verifyCertificate(call, { client, evidence, policy });
      return { kind: 'authenticated', client, ...proven };
    }
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
          : await verifyCertificate(call, { client, evidence, policy });
      return client.secret === undefined
        ? { kind: 'deferred', client, ...proven }
        : { kind: 'authenticated', client, ...proven };
    }
    case 'none':
      return { kind: 'authenticated', client, ...NO_CERTIFICATE };
  }
}

const NO_CERTIFICATE = { certificate: undefined, verdict: undefined } as const;

function deferred(client: Client | undefined): ClientDecision {
  return { kind: 'deferred', client, ...NO_CERTIFICATE };
}

interface Verification {
  readonly client: Client;
  readonly evidence: Evidence;
  readonly policy: AuthenticationPolicy;
}

/** @throws RequestError 401 `invalid_client` unless the certificate is the client's. */
async function verifyCertificate(
  call: Call,
  { client, evidence, policy }: Verification,
): Promise<Presented> {
  const { certificate, verdict } = provenCertificate(call.presentation, evidence);
  const answers = policy.trust.prepare(call.chain, client.clientId);
  if (answers !== undefined) await waitTraced(call.trace, 'revocation', answers);
  const own = policy.trust.verdictFor(client.clientId, call.chain);
  const presented = { certificate, verdict: own ?? verdict };
  const verified = verifyClient(client, presented, policy.keySources);
  const mismatch = await waitTraced(call.trace, 'key_set', verified);
  if (mismatch === undefined) return presented;
  throw invalidClient(evidence, mismatch.reason, mismatch.detail);
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

/** What is missing can be said plainly: the answer is the same for every client_id. */
function refuseEmptyHanded(call: Call, evidence: Evidence, client: Client | undefined): void {
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
 */
function refuseOutOfDate(presentation: Presentation, evidence: Evidence): void {
  if (presentation.kind !== 'presented' || presentation.verdict.kind !== 'untrusted') return;
  const { of, reason, detail } = presentation.verdict;
  const text = DATE_TEXTS.get(reason);
  if (of === 'certificate' && text !== undefined) {
    throw invalidClient(evidence, reason, detail, text);
  }
}

/** The certificate whose possession a handshake proved, here or at the balancer. */
function provenCertificate(presentation: Presentation, evidence: Evidence): Presented {
  if (presentation.kind === 'presented') return presentation;
  throw invalidClient(evidence, 'certificate_absent');
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
    headers: CHALLENGES[evidence.credential],
  });
}
