/**
 * What the gateway says about the certificate of a request. Only the gateway reaches the private
 * socket, and it strips both fields from what clients send.
 */

import { X509Certificate } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

/** RFC 9440 section 2.1. */
const CERTIFICATE_FIELD = 'client-cert';
/** The client_id that the certificate authenticated, encoded by encodeURIComponent. */
const DECISION_FIELD = 'certbound-client';

/** OpenSSL takes at most 100 KiB of certificates in a handshake; this is one of that size. */
const MAX_FIELD_CHARACTERS = 140_000;

/** A byte sequence of RFC 8941 section 3.3.5, padding required. */
const BYTE_SEQUENCE = /^:((?:[A-Za-z0-9+/]{4})+(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?):$/;

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
  // Asked twice for each token request, once to authenticate and once to bind.
  const parsed = new WeakMap<IncomingMessage, X509Certificate | undefined>();

  function possessed(request: IncomingMessage): X509Certificate | undefined {
    if (!parsed.has(request)) parsed.set(request, parse(request.headers[CERTIFICATE_FIELD]));
    return parsed.get(request);
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

/** Returns undefined for anything that is not exactly one DER certificate. */
function parse(field: string | readonly string[] | undefined): X509Certificate | undefined {
  if (typeof field !== 'string' || field.length > MAX_FIELD_CHARACTERS) return undefined;
  const [, base64] = BYTE_SEQUENCE.exec(field) ?? [];
  if (base64 === undefined) return undefined;
  const der = Buffer.from(base64, 'base64');
  try {
    const certificate = new X509Certificate(der);
    // It reads PEM too, and ignores what follows a certificate.
    return certificate.raw.equals(der) ? certificate : undefined;
  } catch {
    return undefined;
  }
}
