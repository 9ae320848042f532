/** Fields that belong to one connection and never travel on (RFC 9110 section 7.6.1). */

import type { HeaderList } from './exchange.ts';
import { FieldNames } from './field-names.ts';
import { membersOf } from './header-list.ts';

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
 * The fields that may travel on: without the hop-by-hop ones and without those named in any
 * `Connection` line. It runs on what a peer sent, before we add a field of our own, so that a peer
 * can't have ours removed by naming it.
 */
export function endToEndFields(headers: HeaderList): HeaderList {
  let kept: HeaderList[number][] | undefined;
  let named: string[] | undefined;
  let at = 0;
  for (const field of headers) {
    const hop = HOP_BY_HOP.find(field[0]);
    if (hop === undefined) kept?.push(field);
    else kept ??= headers.slice(0, at);
    if (hop === 'connection') named = othersNamed(field[1], named);
    at += 1;
  }
  // As in most messages.
  if (kept === undefined || named === undefined) return kept ?? headers;
  const dropped = new Set(named);
  return kept.filter(([name]) => !dropped.has(name.toLowerCase()));
}

/** With what a `Connection` names beside the fields that are dropped anyway, in lower case. */
function othersNamed(value: string, before: string[] | undefined): string[] | undefined {
  let named = before;
  for (const member of membersOf(value)) {
    if (!HOP_BY_HOP.has(member)) (named ??= []).push(member.toLowerCase());
  }
  return named;
}
