/**
 * Who may ask what. Metrics and probes are for everybody who reaches the listener. The rest tells
 * of the configuration, of machines behind, or makes work: it is for people on this machine, or with
 * the token.
 */

import { hash, timingSafeEqual } from 'node:crypto';

import { isLoopbackAddress, isLoopbackAuthority } from './loopback.ts';
import { textReply } from './reply.ts';
import type { Reply } from './reply.ts';

export interface AccessRequest {
  readonly path: string;
  readonly method: string;
  /** The fields `Host` and `Authorization`. */
  readonly host: string | undefined;
  readonly authorization: string | undefined;
  readonly peerAddress: string | undefined;
}

export interface AccessOptions {
  /** The address that the listener is bound to. */
  readonly boundAddress: string;
  /** Undefined: nobody has one. */
  readonly token: string | undefined;
}

const OPEN_PATHS: ReadonlySet<string> = new Set(['/metrics', '/livez', '/healthz', '/readyz']);
/** The methods that change nothing (RFC 9110 section 9.2.1). */
const READING: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);

/** Returns the refusal; undefined for who may ask. */
export function refuseAccess(
  request: AccessRequest,
  { boundAddress, token }: AccessOptions,
): Reply | undefined {
  if (READING.has(request.method) && OPEN_PATHS.has(request.path)) return undefined;
  return refuseDetails(request, { boundAddress, token });
}

/** The same for what an open path tells nobody else. */
export function refuseDetails(
  request: AccessRequest,
  { boundAddress, token }: AccessOptions,
): Reply | undefined {
  const isReading = READING.has(request.method);
  const isLocal = isLoopbackAddress(boundAddress);
  if (isLocal && !isLoopbackAuthority(request.host)) {
    return textReply(403, 'the Host field names another machine');
  }
  if (isLocal && isReading && isLoopbackAddress(request.peerAddress)) return undefined;
  if (token === undefined) return textReply(403, 'needs management.token_file to be configured');
  if (!hasToken(request.authorization, token)) {
    return textReply(401, 'needs the bearer token of management.token_file', {
      'www-authenticate': 'Bearer realm="certbound management"',
    });
  }
  return undefined;
}

/** Compares in a time that says nothing of where the two differ. */
function hasToken(authorization: string | undefined, token: string): boolean {
  const [, sent] = /^bearer ([\w.~+/=-]{1,4096})$/i.exec(authorization ?? '') ?? [];
  if (sent === undefined) return false;
  return timingSafeEqual(hash('sha256', sent, 'buffer'), hash('sha256', token, 'buffer'));
}
