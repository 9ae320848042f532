/** Every certificate that the configuration names, with what a person calls it and when it ends. */

import { formatDistinguishedName } from '../certificate/name/distinguished-name-text.ts';
import { parseCertificate } from '../certificate/parse.ts';
import { readCertificates } from '../certificate/pem.ts';
import type { ListenerMaterial, Material } from '../config/check.ts';
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

type Holder = Pick<HeldCertificate, 'role' | 'listener' | 'clientId'>;

/** Returns them in the order of the configuration; the same one once for each holder. */
export function heldCertificates(material: Material): readonly HeldCertificate[] {
  const { listeners, clients, upstreamCaPems, storeCaPems, jwksCaPems } = material;
  const nobody = { listener: '', clientId: '' };
  return [
    ...listeners.flatMap((each) => {
      const holder = { listener: each.config.name, clientId: '' };
      return [
        ...held(serverCertificates(each), { ...holder, role: 'server' }),
        ...held(each.clientCas, { ...holder, role: 'client_ca' }),
      ];
    }),
    ...clients.flatMap(({ config: { client_id: clientId }, certificates, trustAnchors }) => [
      ...held(certificates, { listener: '', clientId, role: 'client' }),
      ...held(trustAnchors, { listener: '', clientId, role: 'client_ca' }),
    ]),
    ...held(fromPems(upstreamCaPems), { ...nobody, role: 'upstream_ca' }),
    ...held(fromPems(storeCaPems), { ...nobody, role: 'store_ca' }),
    ...held(fromPems(jwksCaPems), { ...nobody, role: 'jwks_ca' }),
  ];
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

/** The leaf of the listener and those of its server names, each once. */
function serverCertificates(listener: ListenerMaterial): readonly Uint8Array[] {
  const pems = [listener, ...listener.serverNames].map(({ certificatePem }) => certificatePem);
  return [...new Set(pems)].flatMap((pem) => readCertificates(pem).slice(0, 1));
}

function fromPems(pems: readonly string[]): readonly Uint8Array[] {
  return pems.flatMap((pem) => readCertificates(pem));
}

function held(ders: readonly Uint8Array[], holder: Holder): readonly HeldCertificate[] {
  return ders.map((der) => {
    const { subject, notAfter, thumbprint } = parseCertificate(der);
    return {
      ...holder,
      subject: formatDistinguishedName(subject),
      thumbprint,
      notAfter: notAfter / 1_000,
    };
  });
}
