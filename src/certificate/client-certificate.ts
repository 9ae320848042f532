/** What the product knows of one client certificate. Made once per certificate, used for everything. */

import type { DistinguishedName } from './name/distinguished-name.ts';
import type { Reason } from '../errors.ts';

export interface ClientCertificate {
  /** The exact bytes of the certificate. */
  readonly der: Uint8Array;
  /** `x5t#S256`: base64url SHA-256 of the DER, 43 characters (RFC 8705 section 3.1). */
  readonly thumbprint: string;
  readonly subject: DistinguishedName;
  readonly issuer: DistinguishedName;
  /** Lower-case hex of the serial number's content octets. */
  readonly serialNumber: string;
  /** Milliseconds since the epoch, inclusive both (RFC 5280 section 4.1.2.5). */
  readonly notBefore: number;
  readonly notAfter: number;
  /** Subject and issuer are equal byte for byte. Says nothing about the signature. */
  readonly isSelfIssued: boolean;
  /** DER of the SubjectPublicKeyInfo. */
  readonly publicKey: Uint8Array;
  readonly version: 1 | 2 | 3;
  readonly hasUniqueIdentifiers: boolean;
  /** In the order of the certificate, no type twice. What is inside them is unread. */
  readonly extensions: readonly CertificateExtension[];
  readonly signature: CertificateSignature;
}

export interface CertificateExtension {
  /** Dotted object identifier. */
  readonly type: string;
  readonly critical: boolean;
  /** The octets of its OCTET STRING, a view of the certificate's bytes. */
  readonly value: Uint8Array;
}

/** The signature as the certificate states it; says nothing about whether it is right. */
export interface CertificateSignature {
  /** DER of the tbsCertificate: the bytes that were signed. */
  readonly signed: Uint8Array;
  /** DER of the AlgorithmIdentifier; the same inside and outside of what is signed. */
  readonly algorithm: Uint8Array;
  /** The octets inside the BIT STRING. */
  readonly value: Uint8Array;
}

/**
 * What is believed about a presented certificate. `self_signed` means: nobody vouches for it, only
 * a registered copy can make it a client.
 */
export type Verdict =
  | {
      readonly kind: 'trusted';
      /** DER of the validated path between the certificate and its anchor, both left out. */
      readonly intermediates: readonly Uint8Array[];
    }
  | { readonly kind: 'self_signed' }
  | {
      readonly kind: 'untrusted';
      /**
       * `path`: no CA vouches for it, so that it is good for nothing unless it is registered itself.
       * `certificate`: it is expired, revoked or has a key that proves nothing; nobody may use it.
       */
      readonly of: 'certificate' | 'path';
      readonly reason: Reason;
      readonly detail: string;
    };

/** The certificate of a request with its verdict, or the statement that there is none. */
export type Presentation =
  | { readonly kind: 'absent' }
  | { readonly kind: 'unreadable'; readonly reason: Reason; readonly detail: string }
  | {
      readonly kind: 'presented';
      readonly certificate: ClientCertificate;
      readonly verdict: Verdict;
    };
