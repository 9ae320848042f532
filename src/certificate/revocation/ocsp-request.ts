/** Asks an OCSP responder about one certificate (RFC 6960 section 4.1). */

import type { ClientCertificate } from '../client-certificate.ts';
import { writeDer, writeObjectIdentifier } from '../der/der-writer.ts';
import { certificateIdOf, encodeCertificateId } from './ocsp-certificate-id.ts';
import type { IdDigest } from './ocsp-certificate-id.ts';
import type { Anchor } from '../path/path-anchor.ts';

export const ocspNonce = '1.3.6.1.5.5.7.48.1.2';

export interface OcspRequest {
  readonly certificate: ClientCertificate;
  readonly issuer: Anchor;
  /** Unguessable, 16 to 32 octets (RFC 9654 section 2.1); absent: cached answers will do. */
  readonly nonce?: Uint8Array;
  /** SHA-1 where absent. */
  readonly digest?: IdDigest;
}

/** The DER of an unsigned OCSPRequest, to be sent as `application/ocsp-request`. */
export function buildOcspRequest({ certificate, issuer, nonce, digest }: OcspRequest): Uint8Array {
  const id = certificateIdOf(certificate, issuer.publicKey, digest ?? 'sha1');
  const requestList = writeDer(0x30, writeDer(0x30, encodeCertificateId(id)));
  const extensions =
    nonce === undefined ? [] : [writeDer(0xa2, writeDer(0x30, nonceExtension(nonce)))];
  return writeDer(0x30, writeDer(0x30, requestList, ...extensions));
}

function nonceExtension(nonce: Uint8Array): Uint8Array {
  const value = writeDer(0x04, writeDer(0x04, nonce));
  return writeDer(0x30, writeObjectIdentifier(ocspNonce), value);
}
