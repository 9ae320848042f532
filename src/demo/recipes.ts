/** What the demo PKI consists of. */

import type { KeyObject } from 'node:crypto';

import {
  authorityKeyIdentifier,
  basicConstraints,
  extendedKeyUsage,
  keyUsage,
  subjectAltName,
  subjectKeyIdentifier,
} from '../certificate/mint/mint-extension.ts';
import type { MintExtension } from '../certificate/mint/mint-extension.ts';

export interface Recipe {
  /** File names within the folder. */
  readonly certificateFile: string;
  readonly keyFile: string;
  /** RFC 4514 text. */
  readonly subject: string;
  readonly keyType: 'ec' | 'rsa';
  readonly issuedBy: 'itself' | 'ca';
  /** Those beside the key identifiers, which every certificate has. */
  readonly extensions: readonly MintExtension[];
}

export const CA: Recipe = {
  certificateFile: 'ca.pem',
  keyFile: 'ca-key.pem',
  subject: 'CN=certbound demo CA,O=certbound demo',
  keyType: 'ec',
  issuedBy: 'itself',
  extensions: [basicConstraints({ ca: true }), keyUsage(['keyCertSign', 'cRLSign'])],
};

const SERVER: Recipe = {
  certificateFile: 'server.pem',
  keyFile: 'server-key.pem',
  subject: 'CN=localhost,O=certbound demo',
  keyType: 'ec',
  issuedBy: 'ca',
  extensions: [
    basicConstraints({ ca: false }),
    keyUsage(['digitalSignature']),
    extendedKeyUsage(['serverAuth']),
    subjectAltName({ dns: ['localhost'], ip: ['127.0.0.1', '::1'] }),
  ],
};

/** Self-signed with the extensions that `openssl req -newkey rsa:2048 -x509 -nodes` sets. */
const CLIENT: Recipe = {
  certificateFile: 'client.pem',
  keyFile: 'client-key.pem',
  subject: 'CN=client,O=certbound demo',
  keyType: 'rsa',
  issuedBy: 'itself',
  extensions: [basicConstraints({ ca: true })],
};

const PKI_CLIENT: Recipe = {
  certificateFile: 'pki-client.pem',
  keyFile: 'pki-client-key.pem',
  subject: 'CN=pki-client,O=certbound demo',
  keyType: 'ec',
  issuedBy: 'ca',
  extensions: [
    basicConstraints({ ca: false }),
    keyUsage(['digitalSignature']),
    extendedKeyUsage(['clientAuth']),
  ],
};

/** Like the client, and registered nowhere. */
const STRANGER: Recipe = {
  ...CLIENT,
  certificateFile: 'stranger.pem',
  keyFile: 'stranger-key.pem',
  subject: 'CN=stranger,O=certbound demo',
};

export const LEAVES: readonly Recipe[] = [SERVER, CLIENT, PKI_CLIENT, STRANGER];

/** All extensions of a certificate by this recipe, in the order in which openssl writes them. */
export function extensionsOf(
  recipe: Recipe,
  publicKey: KeyObject,
  issuerKey: KeyObject,
): readonly MintExtension[] {
  return [subjectKeyIdentifier(publicKey), authorityKeyIdentifier(issuerKey), ...recipe.extensions];
}
