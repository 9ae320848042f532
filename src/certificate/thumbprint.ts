/** Thumbprints of certificates, in the notation of RFC 8705 and in the others found in the field. */

import { hash } from 'node:crypto';

export interface ThumbprintNotations {
  /** `x5t#S256`: base64url SHA-256, 43 characters (RFC 8705 section 3.1). */
  readonly rfc: string;
  /** SHA-256 in lower-case hex. */
  readonly hex: string;
  /** SHA-256 in upper-case hex with colons, as openssl prints it. */
  readonly colonHex: string;
  /** `x5t`: base64url SHA-1 (RFC 7515 section 4.1.7). */
  readonly sha1X5t: string;
  /** Base64url of the hex text of SHA-256, as WSO2 Identity Server compares certificates. */
  readonly wso2Hexified: string;
}

/** The `x5t#S256` value of a certificate: base64url SHA-256 of its DER (RFC 8705 section 3.1). */
export function thumbprintOf(der: Uint8Array): string {
  return hash('sha256', der, 'base64url');
}

/** The thumbprint of a certificate in every notation; only `rfc` is ever compared. */
export function allNotations(der: Uint8Array): ThumbprintNotations {
  const hex = hash('sha256', der, 'hex');
  return {
    rfc: thumbprintOf(der),
    hex,
    colonHex: hex.toUpperCase().replace(/..(?!$)/g, '$&:'),
    sha1X5t: hash('sha1', der, 'base64url'),
    wso2Hexified: Buffer.from(hex, 'latin1').toString('base64url'),
  };
}
