/** Fields that belong to one connection and never travel on (RFC 9110 section 7.6.1). */

import type { HeaderList } from './exchange.ts';

const HOP_BY_HOP: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/**
 * The fields that may travel on: without the hop-by-hop ones and without those named in any
 * `Connection` line. It runs on what a peer sent, before we add a field of our own, so that a peer
 * can't have ours removed by naming it.
 */
export function endToEndFields(headers: HeaderList): HeaderList {
  const named = new Set<string>();
  for (const [field, value] of headers) {
    if (field.toLowerCase() !== 'connection') continue;
    for (const option of value.split(',')) named.add(option.trim().toLowerCase());
  }
  return headers.filter(([field]) => {
    const name = field.toLowerCase();
    return !HOP_BY_HOP.has(name) && !named.has(name);
  });
}
