/** Fields that belong to one connection and never travel on (RFC 9110 section 7.6.1). */

import type { HeaderList } from './exchange.ts';
import { fieldValues } from './header-list.ts';

const HOP_BY_HOP =
  /^(?:connection|keep-alive|proxy-authenticate|proxy-authorization|proxy-connection|te|trailer|transfer-encoding|upgrade)$/i;

/**
 * The fields that may travel on: without the hop-by-hop ones and without those named in any
 * `Connection` line. It runs on what a peer sent, before we add a field of our own, so that a peer
 * can't have ours removed by naming it.
 */
export function endToEndFields(headers: HeaderList): HeaderList {
  const options = fieldValues(headers, 'connection').flatMap((value) => value.split(','));
  const named = new Set(options.map((option) => option.trim().toLowerCase()));
  const isNamed = (field: string): boolean => named.size > 0 && named.has(field.toLowerCase());
  return headers.filter(([field]) => !HOP_BY_HOP.test(field) && !isNamed(field));
}
