/** Whether a certificate authenticates a client, and what keeps it from being that one. */

import { formatSubject } from '../certificate/name/registered-subject.ts';
import { thumbprintOf } from '../certificate/thumbprint.ts';
import type { Reason } from '../errors.ts';
import { certificateOf } from './client.ts';
import type { Client } from './client.ts';
import type { JwksAnswer, Presented } from './client-match.ts';
import { matchClient } from './match-client.ts';
import { describeKey } from './registered-certificate.ts';

export interface ClientExplanation {
  readonly clientId: string;
  readonly method: Client['method'];
  readonly matches: boolean;
  /** What the client's method compares, one text for each value. */
  readonly registered: readonly string[];
  /** Absent where it matches. */
  readonly reason?: Reason;
  readonly detail?: string;
}

/**
 * Returns whether the certificate is the client's, and why not.
 *
 * @param presented the certificate with the verdict for this client, which may have anchors of its own.
 * @param answer what came of the client's `jwks_uri`; undefined where nobody asked.
 */
export function explainMatch(
  client: Client,
  presented: Presented,
  answer: JwksAnswer | undefined,
): ClientExplanation {
  const { clientId, method } = client;
  const mismatch = matchClient(client, presented, answer);
  const registered = registeredOf(client, answer);
  return { clientId, method, matches: mismatch === undefined, registered, ...mismatch };
}

function registeredOf(client: Client, answer: JwksAnswer | undefined): readonly string[] {
  const known = certificateOf(client);
  switch (known?.method) {
    case 'self_signed_tls_client_auth': {
      const fetched = answer?.kind === 'keys' ? answer.jwks.keys : [];
      return [
        ...[...known.thumbprints].map((thumbprint) => `certificate ${thumbprint}`),
        ...(known.jwks?.keys ?? []).map((key) => `jwks ${describeKey(key, known)}`),
        ...(known.jwksUri === undefined ? [] : [`jwks_uri ${known.jwksUri}`]),
        ...fetched.map((key) => `jwks_uri ${describeKey(key, known)}`),
      ];
    }
    case 'tls_client_auth':
      return [
        `${known.registeredSubject.parameter} ${formatSubject(known.registeredSubject)}`,
        ...[...known.publicKeyPins].map((pin) => `spki_pins ${pin}`),
        ...known.trustAnchors.map((anchor) => `trust_anchors ${thumbprintOf(anchor)}`),
      ];
    case undefined:
      return [];
  }
}
