/** Reads OCSP answers (RFC 6960 section 4.2). Says nothing about their signature. */

import { CertificateError, TrustDataError } from '../../errors.ts';
import { readReason } from './crl-reason.ts';
import type { RevocationReason } from './crl-reason.ts';
import { malformed, readDer } from '../der/der.ts';
import type { DerNode } from '../der/der.ts';
import {
  contentOf,
  encodingOf,
  explicitValueOf,
  expectUniversal,
  generalizedTimeOf,
  hexOf,
  isContext,
  objectIdentifierOf,
  sequenceOf,
  wholeBitStringOf,
} from '../der/der-value.ts';
import { comparableName } from '../name/distinguished-name-key.ts';
import { readDistinguishedName } from '../name/distinguished-name.ts';
import { readCertificateId } from './ocsp-certificate-id.ts';
import type { CertificateId } from './ocsp-certificate-id.ts';
import { ocspNonce } from './ocsp-request.ts';
import { readExtensions } from '../parse.ts';

/** The words of OCSPResponseStatus for an answer that is none; there is no 4. */
const REFUSALS = [
  undefined,
  'malformedRequest',
  'internalError',
  'tryLater',
  undefined,
  'sigRequired',
  'unauthorized',
] as const;
export type OcspRefusal = Exclude<(typeof REFUSALS)[number], undefined>;

export interface SingleResponse {
  readonly id: CertificateId;
  readonly status: 'good' | 'revoked' | 'unknown';
  /** Of a revoked one. */
  readonly revocation: { readonly date: number; readonly reason: RevocationReason } | undefined;
  /** Milliseconds since the epoch. */
  readonly thisUpdate: number;
  readonly nextUpdate: number | undefined;
}

export interface OcspAnswer {
  readonly kind: 'answer';
  /** The signer: `comparableName` of its name, or SHA-1 of its key in hex. */
  readonly responder: { readonly name: string } | { readonly keyHash: string };
  readonly responses: readonly SingleResponse[];
  /** Lower-case hex. */
  readonly nonce: string | undefined;
  /** DER of the certificates that came along. */
  readonly certificates: readonly Uint8Array[];
  readonly signed: Uint8Array;
  readonly signatureAlgorithm: Uint8Array;
  readonly signature: Uint8Array;
}

export type OcspResponse = { readonly kind: 'refusal'; readonly status: OcspRefusal } | OcspAnswer;

/** Far more than one answer about one certificate has. */
const maxResponses = 64;
const maxCertificates = 8;

/** @throws TrustDataError `ocsp_malformed`, also for critical extensions that are not processed. */
export function readOcspResponse(der: Uint8Array): OcspResponse {
  try {
    return readResponse(der);
  } catch (error) {
    if (!(error instanceof CertificateError)) throw error;
    throw new TrustDataError('ocsp_malformed', `OCSP: ${error.message}`, error);
  }
}

function readResponse(der: Uint8Array): OcspResponse {
  const [statusNode, field, ...others] = sequenceOf(readDer(der), 'OCSP response');
  const [status = 0, ...more] = contentOf(expectUniversal(statusNode, 'enumerated', 'status'));
  const hasBytes = isContext(field, 0);
  if (others.length > 0 || more.length > 0 || (field !== undefined && !hasBytes)) {
    throw malformed(0, 'OCSP response with extra fields');
  }
  if (status === 0) {
    if (!hasBytes) throw malformed(0, 'successful OCSP response without an answer');
    return readBasicResponse(readDer(basicBytesOf(explicitValueOf(field, 'response'))));
  }
  const refusal = REFUSALS[status];
  if (refusal === undefined) throw malformed(0, `unknown OCSP status ${status}`);
  return { kind: 'refusal', status: refusal };
}

function basicBytesOf(node: DerNode): Uint8Array {
  const [type, bytes] = sequenceOf(node, 'response bytes');
  // id-pkix-ocsp-basic, the one type there is.
  if (objectIdentifierOf(type, 'response type') !== '1.3.6.1.5.5.7.48.1.1') {
    throw malformed(node.start, 'OCSP response of unknown type');
  }
  return contentOf(expectUniversal(bytes, 'octetString', 'response bytes'));
}

function readBasicResponse(node: DerNode): OcspAnswer {
  const [data, algorithm, signature, certificates, ...others] = sequenceOf(node, 'basic response');
  const hasCertificates = isContext(certificates, 0);
  if (others.length > 0 || (certificates !== undefined && !hasCertificates)) {
    throw malformed(node.start, 'basic response with extra fields');
  }
  const signed = expectUniversal(data, 'sequence', 'response data');
  return {
    kind: 'answer',
    ...readResponseData(signed),
    certificates: hasCertificates ? certificatesOf(certificates) : [],
    signed: encodingOf(signed),
    signatureAlgorithm: encodingOf(expectUniversal(algorithm, 'sequence', 'signature algorithm')),
    signature: wholeBitStringOf(signature, 'signature'),
  };
}

function certificatesOf(field: DerNode): readonly Uint8Array[] {
  const list = sequenceOf(explicitValueOf(field, 'certificates'), 'certificates');
  if (list.length > maxCertificates) throw malformed(field.start, 'too many certificates');
  return list.map(encodingOf);
}

function readResponseData(node: DerNode): Pick<OcspAnswer, 'responder' | 'responses' | 'nonce'> {
  const rest = [...node.children];
  // Version 1 is the default and so never written.
  if (isContext(rest[0], 0)) throw malformed(node.start, 'OCSP response of unknown version');
  const responder = readResponder(rest.shift());
  generalizedTimeOf(rest.shift(), 'producedAt');
  const responses = sequenceOf(rest.shift(), 'responses');
  if (responses.length > maxResponses) throw malformed(node.start, 'too many responses');
  const nonce = readNonce(takeExtensions(rest, 1));
  if (rest.length > 0) throw malformed(node.start, 'response data with extra fields');
  return { responder, responses: responses.map(readSingleResponse), nonce };
}

function readResponder(node: DerNode | undefined): OcspAnswer['responder'] {
  if (isContext(node, 1)) {
    const name = readDistinguishedName(explicitValueOf(node, 'responder'), 'responder');
    return { name: comparableName(name) };
  }
  if (!isContext(node, 2)) throw malformed(0, 'responder is neither a name nor a key');
  const key = expectUniversal(explicitValueOf(node, 'responder'), 'octetString', 'responder');
  return { keyHash: hexOf(contentOf(key)) };
}

function readSingleResponse(node: DerNode): SingleResponse {
  const rest = [...sequenceOf(node, 'single response')];
  const id = readCertificateId(rest.shift());
  const status = readStatus(rest.shift());
  const thisUpdate = generalizedTimeOf(rest.shift(), 'thisUpdate');
  const next = isContext(rest[0], 0) ? rest.shift() : undefined;
  const nextUpdate = next && generalizedTimeOf(explicitValueOf(next, 'nextUpdate'), 'nextUpdate');
  takeExtensions(rest, 1);
  if (rest.length > 0) throw malformed(node.start, 'single response with extra fields');
  if (nextUpdate !== undefined && nextUpdate < thisUpdate) {
    throw malformed(node.start, 'nextUpdate before thisUpdate');
  }
  return { id, ...status, thisUpdate, nextUpdate };
}

function readStatus(node: DerNode | undefined): Pick<SingleResponse, 'status' | 'revocation'> {
  if (node?.tagClass !== 'context') throw malformed(0, 'single response without a status');
  const { tagNumber, constructed, start, contentStart, end } = node;
  if (tagNumber === 1) return { status: 'revoked', revocation: readRevocation(node) };
  if (constructed || contentStart !== end) throw malformed(start, 'status with content');
  if (tagNumber === 0) return { status: 'good', revocation: undefined };
  if (tagNumber === 2) return { status: 'unknown', revocation: undefined };
  throw malformed(start, 'status that does not exist');
}

function readRevocation(node: DerNode): SingleResponse['revocation'] {
  const [date, field, ...others] = node.children;
  const hasReason = isContext(field, 0);
  if (others.length > 0 || (field !== undefined && !hasReason)) {
    throw malformed(node.start, 'revocation with extra fields');
  }
  return {
    date: generalizedTimeOf(date, 'revocationTime'),
    reason: hasReason ? readReason(explicitValueOf(field, 'reason')) : 'unspecified',
  };
}

/** Takes the extensions behind a tag off the fields. @returns the value of the nonce. */
function takeExtensions(rest: DerNode[], tag: number): Uint8Array | undefined {
  const [field] = rest;
  if (!isContext(field, tag)) return undefined;
  rest.shift();
  const extensions = readExtensions(explicitValueOf(field, 'extensions'));
  // RFC 6960 section 4.4
  const strange = extensions.find(({ critical, type }) => critical && type !== ocspNonce);
  if (strange !== undefined) {
    throw malformed(field.start, `critical extension ${strange.type} is not processed`);
  }
  return extensions.find(({ type }) => type === ocspNonce)?.value;
}

/** RFC 9654 section 2.1 */
function readNonce(value: Uint8Array | undefined): string | undefined {
  if (value === undefined) return undefined;
  return hexOf(contentOf(expectUniversal(readDer(value), 'octetString', 'nonce')));
}
