/** The verifier of self_signed_tls_client_auth (RFC 8705 section 2.2). */

import type { ClientCertificate } from '../certificate/client-certificate.ts';
import type { RegisteredKey } from '../certificate/key-set/jwk.ts';
import { publicKeyPinOf } from '../certificate/thumbprint.ts';
import type { SelfSignedClient } from './client.ts';
import { listValues } from './client-match.ts';
import type { ClientMismatch, JwksAnswer, Presented } from './client-match.ts';

/**
 * Undefined when the certificate is one of the client's: byte for byte a registered one, or one that
 * a key of its sets stands for. No chain is looked at: neither the subject nor the issuer nor, beside
 * a registered certificate, the key makes another certificate pass.
 *
 * @param answer what came of the client's `jwks_uri`; absent while nobody has asked.
 */
export function matchRegisteredCertificate(
  client: SelfSignedClient,
  { certificate, verdict }: Presented,
  answer?: JwksAnswer,
): ClientMismatch | undefined {
  // What makes a certificate useless counts here as well; of an issuer nothing is asked.
  if (verdict.kind === 'untrusted' && verdict.of === 'certificate') {
    return { reason: verdict.reason, detail: verdict.detail };
  }
  if (client.thumbprints.has(certificate.thumbprint)) return undefined;
  const fetched = answer?.kind === 'keys' ? answer.jwks.keys : [];
  const keys = [...(client.jwks?.keys ?? []), ...fetched];
  if (keys.some((key) => isKeyOf(key, certificate, client))) return undefined;

  if (client.jwksUri !== undefined && answer?.kind !== 'keys') {
    const detail = answer?.detail ?? `${client.jwksUri} has not been asked`;
    return { reason: answer?.reason ?? 'client_keys_unavailable', detail };
  }
  const seen = `${certificate.thumbprint} of key ${publicKeyPinOf(certificate.publicKey)}`;
  const registered = [...client.thumbprints, ...keys.map((key) => describeKey(key, client))];
  const detail = `presented ${seen}, registered ${listValues(registered)}`;
  return { reason: 'certificate_not_registered', detail };
}

/** Whether a registered key stands for the certificate. */
function isKeyOf(
  key: RegisteredKey,
  certificate: ClientCertificate,
  client: SelfSignedClient,
): boolean {
  const registered = thumbprintOfKey(key, client);
  // A key registered with its certificate stands for that one only, not for one issued anew.
  if (registered !== undefined && registered !== certificate.thumbprint) return false;
  // RFC 7517 sections 4.8 and 4.9: the key of the named certificate is this key.
  return Buffer.compare(key.publicKey, certificate.publicKey) === 0;
}

/** What a key compares: the thumbprint of its certificate, else the key itself. */
export function describeKey(key: RegisteredKey, client: SelfSignedClient): string {
  return thumbprintOfKey(key, client) ?? `key ${publicKeyPinOf(key.publicKey)}`;
}

function thumbprintOfKey(key: RegisteredKey, { wso2X5t }: SelfSignedClient): string | undefined {
  return key.thumbprint ?? (wso2X5t ? key.wso2Thumbprint : undefined);
}
