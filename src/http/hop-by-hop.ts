/** Fields that belong to one connection and never travel on (RFC 9110 section 7.6.1). */

import type { HeaderList } from './exchange.ts';
import { FieldNames } from './field-names.ts';
import { hasMember, isNamed, listMembers, membersOf, withoutFields } from './header-list.ts';

const HOP_BY_HOP = new FieldNames([
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
 * Whether a message says this lower-case word of its connection. `Proxy-Connection` counts as well:
 * readers that know it take it for the other one.
 */
export function hasConnectionOption(headers: HeaderList, option: string): boolean {
  for (const field of headers) {
    if (!isNamed(field, 'connection') && !isNamed(field, 'proxy-connection')) continue;
    if (hasMember(membersOf(field[1]), option)) return true;
  }
  return false;
}

/**
 * The fields that may travel on: without the hop-by-hop ones and without those named in any
 * `Connection` line. It runs on what a peer sent, before we add a field of our own, so that a peer
 * can't have ours removed by naming it.
 */
export function endToEndFields(headers: HeaderList): HeaderList {
  const fields = withoutFields(headers, HOP_BY_HOP);
  // As in many messages.
  if (fields === headers) return headers;
  const named = listMembers(headers, 'connection').filter((name) => !HOP_BY_HOP.has(name));
  if (named.length === 0) return fields;
  const dropped = new Set(named.map((name) => name.toLowerCase()));
  return fields.filter(([name]) => !dropped.has(name.toLowerCase()));
}
