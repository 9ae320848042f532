/** Why a handshake failed, told from what the TLS engine reports. */

import type { Reason } from '../errors.ts';
import { visibleText } from './visible-text.ts';

export interface HandshakeFailure {
  readonly reason: Extract<Reason, `handshake_${string}` | 'shutting_down'>;
  readonly detail: string;
}

/** What Node adds to an error that comes from OpenSSL. */
interface TlsError extends NodeJS.ErrnoException {
  readonly library?: string;
  readonly reason?: string;
}

/** The first record is none of TLS. OpenSSL reports an old protocol version by other codes. */
const NOT_TLS: ReadonlySet<string> = new Set([
  'ERR_SSL_HTTP_REQUEST',
  'ERR_SSL_HTTPS_PROXY_REQUEST',
  'ERR_SSL_WRONG_VERSION_NUMBER',
]);

/** Codes of the SSL library itself that speak of the client's certificate and its key. */
const CERTIFICATE_CODES: ReadonlySet<string> = new Set([
  'ERR_SSL_CERT_LENGTH_MISMATCH',
  'ERR_SSL_UNABLE_TO_FIND_PUBLIC_KEY_PARAMETERS',
  'ERR_SSL_UNKNOWN_CERTIFICATE_TYPE',
  'ERR_SSL_EE_KEY_TOO_SMALL',
  'ERR_SSL_BAD_ECC_CERT',
]);

/** Libraries of OpenSSL that a server's handshake enters only to read what the client sent. */
const CERTIFICATE_LIBRARIES = /^(asn1|x509|decoder)/i;

/** The reason of a failed handshake, with the engine's own words as detail. */
export function handshakeFailure(error: TlsError): HandshakeFailure {
  const { code = '' } = error;
  const detail = visibleText([code, error.reason ?? error.message].filter(Boolean).join(': '));
  return { reason: reasonOf(code, error.library ?? ''), detail };
}

/** Whether the client spoke HTTP where TLS was due. */
export function isPlainHttp(error: TlsError): boolean {
  return error.code === 'ERR_SSL_HTTP_REQUEST' || error.code === 'ERR_SSL_HTTPS_PROXY_REQUEST';
}

function reasonOf(code: string, library: string): HandshakeFailure['reason'] {
  if (code === 'ERR_TLS_HANDSHAKE_TIMEOUT') return 'handshake_timeout';
  if (NOT_TLS.has(code)) return 'handshake_not_tls';
  if (CERTIFICATE_CODES.has(code) || CERTIFICATE_LIBRARIES.test(library)) {
    return 'handshake_certificate_unreadable';
  }
  // Everything from OpenSSL has a library; what has none is the socket's: ECONNRESET, EPIPE, ...
  return library === '' ? 'handshake_reset' : 'handshake_protocol';
}
