/** Headers of clients that are removed: none without which a request would be another one. */

import type { KeyPath } from './positions.ts';
import type { Report } from './report.ts';
import type { UpstreamConfig } from './schema.ts';

/** Names by which a request is framed, routed, authenticated or understood. */
const NEEDED =
  /^(?:accept.*|access-control-.*|authorization|connection|content-.*|cookie|dpop|expect|forwarded|host|if-.*|keep-alive|origin|proxy-authenticate|proxy-authorization|proxy-connection|range|sec-websocket-.*|te|trailer|transfer-encoding|upgrade|via|x-forwarded-(?:for|host|port|proto)|x-request-id)$/;

/** `keyPath` is that of the upstream. */
export function checkRemovedHeaders(
  { request_headers_to_remove: names }: UpstreamConfig,
  keyPath: KeyPath,
  report: Report,
): void {
  const seen = new Set<string>();
  names.forEach((name, index) => {
    // Removed in every spelling that a server may take for it, as the strip list does.
    const plain = name.toLowerCase().replace(/[^a-z0-9]/g, '-');
    const place = [...keyPath, 'request_headers_to_remove', index];
    if (NEEDED.test(plain)) report.add(place, `the upstream needs the header "${name}"`);
    else if (seen.has(plain)) report.add(place, `the header "${name}" is listed twice`);
    seen.add(plain);
  });
}
