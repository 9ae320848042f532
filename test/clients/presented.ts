/** Certificates as verifiers get them, and certificates that resemble another one. */

import { X509Certificate } from 'node:crypto';
import type { KeyObject } from 'node:crypto';

import type { Verdict } from '../../src/certificate/client-certificate.ts';
import { parseDistinguishedName } from '../../src/certificate/name/distinguished-name.ts';
import { readJwks } from '../../src/certificate/key-set/jwks.ts';
import type { Jwks } from '../../src/certificate/key-set/jwks.ts';
import { basicConstraints } from '../../src/certificate/mint/mint-extension.ts';
import { mintCertificate } from '../../src/certificate/mint/mint.ts';
import { parseCertificate } from '../../src/certificate/parse.ts';
import type { Client } from '../../src/clients/client.ts';
import type { Presented } from '../../src/clients/client-match.ts';
import { createClientRegistry } from '../../src/clients/registry.ts';
import type { ClientRecord } from '../../src/clients/registry.ts';
import { HOUR_MS } from '../support/pki.ts';

export const TRUSTED: Verdict = { kind: 'trusted', intermediates: [] };
export const SELF_SIGNED: Verdict = { kind: 'self_signed' };

export function presented(der: Uint8Array, verdict: Verdict = TRUSTED): Presented {
  return { certificate: parseCertificate(der), verdict };
}

/** A client of the registry; what the record leaves out is not registered. */
export function clientWith<Method extends Client['method']>(
  record: Partial<ClientRecord> & { readonly method: Method },
): Extract<Client, { readonly method: Method }> {
  const [client] = createClientRegistry([
    {
      clientId: 'a',
      certificates: [],
      subjectDn: undefined,
      upstreamCredential: undefined,
      ...record,
    },
  ]).clients;
  return client as Extract<Client, { readonly method: Method }>;
}

/** A self-signed certificate with keys and serial number of one's choice. */
export async function certificateOf(
  { publicKey, privateKey }: { readonly publicKey: KeyObject; readonly privateKey: KeyObject },
  { serial = '01', subject = 'CN=client,O=Test' } = {},
): Promise<Uint8Array> {
  const now = Date.now();
  return mintCertificate({
    subject: parseDistinguishedName(subject),
    issuer: parseDistinguishedName(subject),
    publicKey,
    signingKey: privateKey,
    serialNumber: Buffer.from(serial, 'hex'),
    notBefore: now - HOUR_MS,
    notAfter: now + HOUR_MS,
    extensions: [basicConstraints({ ca: true })],
  });
}

/** A key as a client publishes it, with whatever members beside it. */
export function jwkOf(der: Uint8Array, members: object = {}): object {
  return { ...new X509Certificate(der).publicKey.export({ format: 'jwk' }), ...members };
}

/** The same with the certificates themselves. */
export function jwkWithChain(...chain: readonly Uint8Array[]): object {
  const [leaf = new Uint8Array()] = chain;
  return jwkOf(leaf, { x5c: chain.map((der) => Buffer.from(der).toString('base64')) });
}

export async function jwksOf(...keys: readonly object[]): Promise<Jwks> {
  return readJwks({ keys });
}
