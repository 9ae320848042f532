/** The clients that the gateway knows, by client_id. */

import { hash } from 'node:crypto';

import type { Jwks } from '../certificate/key-set/jwks.ts';
import { readRegisteredSubject } from '../certificate/name/registered-subject.ts';
import type { RegisteredSubject, SubjectMetadata } from '../certificate/name/registered-subject.ts';
import { parsePublicKeyPin, parseThumbprint, thumbprintOf } from '../certificate/thumbprint.ts';
import { StartError } from '../errors.ts';
import type {
  BindingPolicy,
  Client,
  ClientSecretDigest,
  PkiClient,
  SelfSignedClient,
  UpstreamCredential,
} from './client.ts';

/** A client as the configuration gives it, its files read and checked. */
export interface ClientRecord {
  readonly clientId: string;
  readonly method: Client['method'];
  /** DER of the registered certificates. */
  readonly certificates: readonly Uint8Array[];
  readonly subjectDn: string | undefined;
  readonly upstreamCredential: UpstreamCredential | undefined;
  /** The client's own, where it is verified here. */
  readonly secret?: string | undefined;
  /** The same where nothing but its digest is kept. */
  readonly secretDigest?: ClientSecretDigest | undefined;
  readonly allowSecretInQuery?: boolean | undefined;
  /** Absent: `required` for a client that is known by its certificate, else `if_present`. */
  readonly binding?: BindingPolicy | undefined;
  /** The other four parameters of RFC 8705 section 2.1.2; exactly one of all five is given. */
  readonly sanDns?: string | undefined;
  readonly sanUri?: string | undefined;
  readonly sanIp?: string | undefined;
  readonly sanEmail?: string | undefined;
  /** SHA-256, in any notation. */
  readonly certificateThumbprints?: readonly string[] | undefined;
  readonly jwks?: Jwks | undefined;
  readonly jwksUri?: string | undefined;
  readonly allowPrivateJwksUri?: boolean | undefined;
  readonly wso2X5t?: boolean | undefined;
  /** SHA-256 of the SubjectPublicKeyInfo, in any notation. */
  readonly publicKeyPins?: readonly string[] | undefined;
  /** DER. */
  readonly trustAnchors?: readonly Uint8Array[] | undefined;
}

export interface ClientRegistry {
  /**
   * The client with exactly this identifier; at once where it needs no store. Rejects with a
   * StoreError where nobody can say whether there is one.
   */
  find(clientId: string): Client | undefined | Promise<Client | undefined>;
}

export interface ClientList extends ClientRegistry {
  find(clientId: string): Client | undefined;
  /** In the order of the configuration. */
  readonly clients: readonly Client[];
}

/** @throws StartError when a record can't be used; the configuration check has seen it before. */
export function createClientRegistry(records: readonly ClientRecord[]): ClientList {
  return createClientList(records.map(clientOf));
}

export function createClientList(clients: readonly Client[]): ClientList {
  const byId = new Map(clients.map((client) => [client.clientId, client]));
  return { find: (clientId) => byId.get(clientId), clients };
}

/** @throws StartError when the record can't be used. */
export function clientOf(record: ClientRecord): Client {
  const { method } = record;
  switch (method) {
    case 'self_signed_tls_client_auth':
      return selfSignedClient(record);
    case 'tls_client_auth':
      return pkiClient(record);
    case 'client_secret_basic':
    case 'client_secret_post':
      return { ...factsOf(record), method, secret: secretOf(record) };
    case 'certificate_and_secret':
      return {
        ...factsOf(record),
        method,
        secret: secretOf(record),
        certificate: certificateOfRecord(record),
      };
    case 'none':
      return { ...factsOf(record), method };
  }
}

function secretOf({ secret, secretDigest }: ClientRecord): ClientSecretDigest | undefined {
  return secret === undefined ? secretDigest : { sha256: hash('sha256', secret, 'buffer') };
}

/** What is given beside the secret says by what the certificate is known. */
function certificateOfRecord(record: ClientRecord): SelfSignedClient | PkiClient | undefined {
  const { certificates, certificateThumbprints = [], jwks, jwksUri } = record;
  const isRegistered =
    certificates.length + certificateThumbprints.length > 0 ||
    jwks !== undefined ||
    jwksUri !== undefined;
  if (isRegistered) return selfSignedClient(record);
  const subject = Object.values(subjectMetadata(record));
  return subject.some((value) => value !== undefined) ? pkiClient(record) : undefined;
}

function factsOf(record: ClientRecord) {
  const { clientId, upstreamCredential, method, allowSecretInQuery = false } = record;
  const byCertificate =
    method === 'tls_client_auth' ||
    method === 'self_signed_tls_client_auth' ||
    method === 'certificate_and_secret';
  const binding = record.binding ?? (byCertificate ? 'required' : 'if_present');
  return { clientId, upstreamCredential, binding, allowSecretInQuery };
}

function selfSignedClient(record: ClientRecord): SelfSignedClient {
  const { certificates, certificateThumbprints = [] } = record;
  const stated = certificateThumbprints.map((text) => {
    const parsed = parseThumbprint(text);
    if (parsed?.algorithm === 'sha256') return parsed.value;
    throw refused(record, 'certificate_thumbprints', 'is no SHA-256 thumbprint');
  });
  return {
    ...factsOf(record),
    method: 'self_signed_tls_client_auth',
    thumbprints: new Set([...certificates.map(thumbprintOf), ...stated]),
    jwks: record.jwks,
    jwksUri: record.jwksUri,
    allowPrivateJwksUri: record.allowPrivateJwksUri ?? false,
    wso2X5t: record.wso2X5t ?? false,
  };
}

function pkiClient(record: ClientRecord): PkiClient {
  const { publicKeyPins = [], trustAnchors = [] } = record;
  const pins = publicKeyPins.map((text) => {
    const pin = parsePublicKeyPin(text);
    if (pin !== undefined) return pin;
    throw refused(record, 'spki_pins', 'is no SHA-256 of a public key');
  });
  return {
    ...factsOf(record),
    method: 'tls_client_auth',
    registeredSubject: subjectOf(record),
    publicKeyPins: new Set(pins),
    trustAnchors,
  };
}

function subjectOf(record: ClientRecord): RegisteredSubject {
  const outcome = readRegisteredSubject(subjectMetadata(record));
  if ('subject' in outcome) return outcome.subject;
  const [problem] = outcome.problems;
  throw refused(record, problem?.key ?? '', problem?.text ?? '');
}

function subjectMetadata(record: ClientRecord): SubjectMetadata {
  return {
    tls_client_auth_subject_dn: record.subjectDn,
    tls_client_auth_san_dns: record.sanDns,
    tls_client_auth_san_uri: record.sanUri,
    tls_client_auth_san_ip: record.sanIp,
    tls_client_auth_san_email: record.sanEmail,
  };
}

function refused({ clientId }: ClientRecord, key: string, text: string): StartError {
  return new StartError(`client "${clientId}": "${key}" ${text}`);
}
