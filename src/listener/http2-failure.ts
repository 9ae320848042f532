/** What the end of an HTTP/2 session says about its client. */

import type { Reason } from '../errors.ts';
import { visibleText } from './visible-text.ts';

export interface SessionFailure {
  readonly reason: Reason;
  readonly detail: string;
}

/** Errors of nghttp2 that say that there is too much of something (nghttp2.h). */
const FLOODS: ReadonlySet<number | undefined> = new Set([-902, -904, -905]);

/**
 * What an error of a session means; undefined where the client only left, or said itself that it
 * had an error.
 */
export function sessionFailure(
  error: Error & { readonly code?: string; readonly errno?: number },
): SessionFailure | undefined {
  const detail = visibleText(`${error.code ?? error.name}: ${error.message}`);
  if (error.code === 'ERR_HTTP2_TOO_MANY_INVALID_FRAMES' || FLOODS.has(error.errno)) {
    return { reason: 'http2_flood', detail };
  }
  return error.code === 'ERR_HTTP2_ERROR' ? { reason: 'request_malformed', detail } : undefined;
}
