/** Every certificate that the configuration names, with what a person calls it and when it ends. */

import { formatDistinguishedName } from '../certificate/name/distinguished-name-text.ts';
import type { Material } from '../config/check.ts';
import { certificatesByKey } from '../config/configured-certificates.ts';
import type { ConfiguredCertificate } from '../config/configured-certificates.ts';
import { inSlices } from '../config/in-slices.ts';
import type { KeyPath } from '../config/positions.ts';
import { CERTIFICATE_ROLES } from '../telemetry/certificate-metrics.ts';
import type { CertificateMetrics, CertificateRole } from '../telemetry/certificate-metrics.ts';

export interface HeldCertificate {
  readonly role: CertificateRole;
  /** Empty for a certificate that belongs to none. */
  readonly listener: string;
  /** The client it is registered for or vouches for; empty for all others. */
  readonly clientId: string;
  /** RFC 4514 text. */
  readonly subject: string;
  readonly thumbprint: string;
  /** Seconds since the epoch. */
  readonly notAfter: number;
}

/**
 * Returns them in the order of the configuration; the same one once for each key that names it. Of
 * a server's chain only its own is told.
 */
export async function heldCertificates(material: Material): Promise<readonly HeldCertificate[]> {
  return inSlices(heldByKey(material));
}

function* heldByKey(material: Material): Iterable<readonly HeldCertificate[]> {
  for (const certificates of certificatesByKey(material)) {
    yield certificates.flatMap((configured) => heldCertificate(configured, material));
  }
}

function heldCertificate(
  { keyPath, at, certificate }: ConfiguredCertificate,
  { listeners, clients }: Material,
): readonly HeldCertificate[] {
  const role = roleOf(keyPath);
  if (role === 'server' && at > 0) return [];
  const { subject, notAfter, thumbprint } = certificate;
  const [section, index] = keyPath;
  const held = {
    role,
    listener: (section === 'listeners' && listeners[Number(index)]?.config.name) || '',
    clientId: (section === 'clients' && clients[Number(index)]?.config.client_id) || '',
    subject: formatDistinguishedName(subject),
    thumbprint,
    notAfter: notAfter / 1_000,
  };
  return [held];
}

/** In step with the keys that config/configured-certificates.ts names. */
function roleOf(keyPath: KeyPath): CertificateRole {
  switch (keyPath[0]) {
    case 'listeners':
      return keyPath.at(-1) === 'client_ca' ? 'client_ca' : 'server';
    case 'clients':
      return keyPath.at(-1) === 'trust_anchors' ? 'client_ca' : 'client';
    case 'store':
      return 'store_ca';
    case 'token_service':
      return 'upstream_ca';
    default:
      // The servers of key sets, be they those of clients or of an issuer.
      return 'jwks_ca';
  }
}

/** Tells the metrics of each role when the first certificate of each listener ends. */
export function tellExpiries(
  certificates: readonly HeldCertificate[],
  metrics: CertificateMetrics,
): void {
  for (const role of CERTIFICATE_ROLES) {
    const first = new Map<string, number>();
    for (const { role: own, listener, notAfter } of certificates) {
      if (own === role) first.set(listener, Math.min(notAfter, first.get(listener) ?? notAfter));
    }
    metrics.setCertificateExpiries(role, first);
  }
}
