/** Trust anchors: a name and a key that are believed (RFC 5280 section 6.1.1 (d)). */

import type { ClientCertificate } from '../client-certificate.ts';
import { comparableName } from '../name/distinguished-name-key.ts';
import type { DistinguishedName } from '../name/distinguished-name.ts';
import { createPathCertificate } from './path-certificate.ts';
import type { PathCertificate } from './path-certificate.ts';

export interface Anchor {
  readonly name: DistinguishedName;
  /** DER of the SubjectPublicKeyInfo. */
  readonly publicKey: Uint8Array;
  /**
   * The certificate that the anchor came as, self-signed or not. Its dates and constraints then
   * count; without it, name and key are good for any path at any time.
   */
  readonly certificate?: ClientCertificate;
}

export interface KnownAnchor {
  readonly anchor: Anchor;
  /** Its certificate, prepared once for all paths. */
  readonly member: PathCertificate | undefined;
}

/** Anchors by name, made once and used for every validation. */
export interface AnchorSet {
  readonly size: number;
  /** @param nameKey of `comparableName`. */
  readonly named: (nameKey: string) => readonly KnownAnchor[];
  /** The anchor that came as just this certificate. */
  readonly holding: (certificate: ClientCertificate) => KnownAnchor | undefined;
}

export function anchorOf(certificate: ClientCertificate): Anchor {
  return { name: certificate.subject, publicKey: certificate.publicKey, certificate };
}

export function createAnchorSet(anchors: readonly Anchor[]): AnchorSet {
  const known = anchors.map((anchor) => ({
    anchor,
    member: anchor.certificate && createPathCertificate(anchor.certificate),
  }));
  const byName = Map.groupBy(known, ({ anchor }) => comparableName(anchor.name));
  const byThumbprint = new Map(known.map((one) => [one.anchor.certificate?.thumbprint, one]));
  return {
    size: anchors.length,
    named: (nameKey) => byName.get(nameKey) ?? [],
    holding: ({ thumbprint }) => byThumbprint.get(thumbprint),
  };
}
