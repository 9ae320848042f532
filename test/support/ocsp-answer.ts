/** OCSP answers for tests, with any field as wrong as a test wants it. */

import { createPrivateKey, createPublicKey, hash, sign } from 'node:crypto';

import { encodingOf, wholeBitStringOf } from '../../src/certificate/der/der-value.ts';
import { readDer } from '../../src/certificate/der/der.ts';
import { writeDer, writeObjectIdentifier } from '../../src/certificate/der/der-writer.ts';
import {
  certificateIdOf,
  encodeCertificateId,
} from '../../src/certificate/revocation/ocsp-certificate-id.ts';
import type {
  CertificateId,
  IdDigest,
} from '../../src/certificate/revocation/ocsp-certificate-id.ts';
import { parseCertificate } from '../../src/certificate/parse.ts';
import { HOUR_MS } from './pki.ts';
import type { Issued } from './pki.ts';
import { extension } from './revocation-list.ts';

export interface SingleAnswer {
  readonly subject: Issued;
  readonly issuer: Issued;
  readonly status?: 'good' | 'revoked' | 'unknown';
  /** A number of CRLReason; none where absent. */
  readonly reason?: number;
  readonly digest?: IdDigest;
  readonly id?: Partial<CertificateId>;
  readonly thisUpdate?: number;
  /** Null leaves it out. */
  readonly nextUpdate?: number | null;
  readonly extensions?: readonly Uint8Array[];
}

export interface AnswerOptions {
  readonly answers: readonly SingleAnswer[];
  readonly signer: Issued;
  /** Names the signer where absent. */
  readonly responder?: Uint8Array;
  readonly nonce?: Uint8Array;
  readonly extensions?: readonly Uint8Array[];
  /** Those that come along; the signer's own where absent. */
  readonly certificates?: readonly Issued[];
  /** A number of OCSPResponseStatus. */
  readonly status?: number;
}

const ecdsaWithSha256 = writeDer(0x30, writeObjectIdentifier('1.2.840.10045.4.3.2'));

/** The DER of an OCSPResponse, an hour old and valid for a day. */
export function mintOcspAnswer(options: AnswerOptions): Uint8Array {
  const { answers, signer, nonce, certificates = [signer], extensions = [], status = 0 } = options;
  const all = [...(nonce === undefined ? [] : [nonceExtension(nonce)]), ...extensions];
  const data = writeDer(
    0x30,
    options.responder ?? responderByName(signer),
    generalizedTime(Date.now()),
    writeDer(0x30, ...answers.map(singleOf)),
    ...(all.length > 0 ? [writeDer(0xa1, writeDer(0x30, ...all))] : []),
  );
  const signature = sign('sha256', data, createPrivateKey(signer.privateKeyPem));
  const chain = certificates.map(({ certificate }) => certificate);
  const basic = writeDer(
    0x30,
    data,
    ecdsaWithSha256,
    writeDer(0x03, Uint8Array.of(0), signature),
    ...(chain.length > 0 ? [writeDer(0xa0, writeDer(0x30, ...chain))] : []),
  );
  const type = writeObjectIdentifier('1.3.6.1.5.5.7.48.1.1');
  const bytes = writeDer(0xa0, writeDer(0x30, type, writeDer(0x04, basic)));
  return writeDer(0x30, writeDer(0x0a, Uint8Array.of(status)), bytes);
}

/** An answer that says no more than a status. */
export function ocspRefusal(status: number): Uint8Array {
  return writeDer(0x30, writeDer(0x0a, Uint8Array.of(status)));
}

export function responderByName({ certificate }: Issued): Uint8Array {
  const subject = readDer(certificate).children[0]?.children[5];
  return writeDer(0xa1, subject === undefined ? new Uint8Array() : encodingOf(subject));
}

export function responderByKey({ privateKeyPem }: Issued): Uint8Array {
  const key = createPublicKey(privateKeyPem).export({ type: 'spki', format: 'der' });
  const octets = wholeBitStringOf(readDer(key).children[1], 'key');
  return writeDer(0xa2, writeDer(0x04, hash('sha1', octets, 'buffer')));
}

function singleOf(answer: SingleAnswer): Uint8Array {
  const { subject, issuer, digest = 'sha1', status = 'good', nextUpdate, extensions = [] } = answer;
  const id = certificateIdOf(
    parseCertificate(subject.certificate),
    parseCertificate(issuer.certificate).publicKey,
    digest,
  );
  const now = Date.now();
  const next = nextUpdate === undefined ? now + 24 * HOUR_MS : nextUpdate;
  return writeDer(
    0x30,
    encodeCertificateId({ ...id, ...answer.id }),
    statusOf(status, answer.reason),
    generalizedTime(answer.thisUpdate ?? now - HOUR_MS),
    ...(next === null ? [] : [writeDer(0xa0, generalizedTime(next))]),
    ...(extensions.length > 0 ? [writeDer(0xa1, writeDer(0x30, ...extensions))] : []),
  );
}

function statusOf(status: SingleAnswer['status'], reason: number | undefined): Uint8Array {
  if (status === 'good') return writeDer(0x80);
  if (status === 'unknown') return writeDer(0x82);
  const code = reason === undefined ? [] : [writeDer(0xa0, writeDer(0x0a, Uint8Array.of(reason)))];
  return writeDer(0xa1, generalizedTime(Date.UTC(2026, 0, 2)), ...code);
}

function nonceExtension(nonce: Uint8Array): Uint8Array {
  const value = writeDer(0x04, nonce);
  return extension({ type: '1.3.6.1.5.5.7.48.1.2', critical: false, value });
}

function generalizedTime(moment: number): Uint8Array {
  const digits = new Date(moment).toISOString().replace(/[-:T]|\.\d+/g, '');
  return writeDer(0x18, Buffer.from(digits));
}
