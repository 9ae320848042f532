/**
 * What the gateway says about the certificate of a request. Only the gateway reaches the private
 * socket, and it strips both fields from what clients send.
 */

import type { X509Certificate } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

import { createReadCertificate } from './read-certificate.ts';

/** RFC 9440 section 2.1. */
const CERTIFICATE_FIELD = 'client-cert';
/** The client_id that the certificate authenticated, encoded by encodeURIComponent. */
const DECISION_FIELD = 'certbound-client';

export interface GatewayDecisions {
  /** The certificate of the request, if the gateway decided that it is this client's. */
  certificate(request: IncomingMessage, clientId: string | undefined): X509Certificate | undefined;
  /**
   * The certificate of the request, whoever it belongs to. For paths at which the gateway names no
   * client, and at which possession alone is asked for.
   */
  possessed(request: IncomingMessage): X509Certificate | undefined;
  /** Whether the gateway decided that the certificate of the request is this client's. */
  isFor(request: IncomingMessage, clientId: string | undefined): boolean;
  /**
   * Whether a certificate came with the request. Also true for one that is withheld or can't be
   * read: a token that would have to be bound to it is then refused, never issued unbound.
   */
  hasCertificate(request: IncomingMessage): boolean;
}

/**
 * Returns the reader of both fields. A certificate is never handed out for another client than the
 * one the gateway named: the provider reads the client_id once more, and what it reads differently
 * must not become another client. `onDisagreement` is told of each certificate withheld so.
 */
export function createGatewayDecisions(
  onDisagreement: (clientId: string | undefined) => void,
): GatewayDecisions {
  const read = createReadCertificate();

  function possessed(request: IncomingMessage): X509Certificate | undefined {
    return read(request.headers[CERTIFICATE_FIELD]);
  }

  return {
    isFor,
    possessed,
    hasCertificate: (request) => request.headers[CERTIFICATE_FIELD] !== undefined,

    certificate(request, clientId) {
      if (isFor(request, clientId)) return possessed(request);
      if (request.headers[CERTIFICATE_FIELD] !== undefined) onDisagreement(clientId);
      return undefined;
    },
  };
}

function isFor(request: IncomingMessage, clientId: string | undefined): boolean {
  const decision = request.headers[DECISION_FIELD];
  if (clientId === undefined || typeof decision !== 'string') return false;
  return decision === encodeURIComponent(clientId);
}
