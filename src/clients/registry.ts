/** The clients that the gateway knows, by client_id. */

import { parseDistinguishedName } from '../certificate/distinguished-name.ts';
import { thumbprintOf } from '../certificate/thumbprint.ts';
import type { Client, UpstreamCredential } from './client.ts';

/** A client as the configuration gives it, its files read and checked. */
export interface ClientRecord {
  readonly clientId: string;
  readonly method: Client['method'];
  /** DER of the registered certificates. */
  readonly certificates: readonly Uint8Array[];
  readonly subjectDn: string | undefined;
  readonly upstreamCredential: UpstreamCredential | undefined;
}

export interface ClientRegistry {
  /** The client with exactly this identifier. */
  find(clientId: string): Client | undefined;
  readonly size: number;
}

/** @throws CertificateError when a subject DN can't be read; the configuration check has read it before. */
export function createClientRegistry(records: readonly ClientRecord[]): ClientRegistry {
  const clients = new Map(records.map((record) => [record.clientId, clientOf(record)]));
  return { find: (clientId) => clients.get(clientId), size: clients.size };
}

function clientOf(record: ClientRecord): Client {
  const { clientId, method, upstreamCredential } = record;
  switch (method) {
    case 'self_signed_tls_client_auth':
      return {
        clientId,
        method,
        upstreamCredential,
        thumbprints: new Set(record.certificates.map(thumbprintOf)),
      };
    case 'tls_client_auth':
      return {
        clientId,
        method,
        upstreamCredential,
        subject: parseDistinguishedName(record.subjectDn ?? ''),
      };
    case 'client_secret_basic':
    case 'client_secret_post':
      return { clientId, method, upstreamCredential };
  }
}
