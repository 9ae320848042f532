/** Under which name a certificate header of the configuration is written. */

import type { UpstreamConfig } from './schema.ts';

/** A lower-case field name; that of RFC 9440 is fixed (section 2.2). */
export function certificateHeaderName(
  header: UpstreamConfig['certificate_headers'][number],
): string {
  return header.format === 'rfc9440' ? 'client-cert' : header.name;
}
