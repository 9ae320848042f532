/** `Vary` of answers that depend on the certificate (RFC 9440 section 2.4). */

import type { StripList } from '../certificate/header/strip-list.ts';
import type { HeaderList } from '../http/exchange.ts';
import { FieldNames } from '../http/field-names.ts';
import { listMembers, withoutFields } from '../http/header-list.ts';

const VARY = new FieldNames(['vary']);

/**
 * The fields as the client and caches on the way may see them. What the server varies by is no field
 * of theirs: a cache would take requests of all certificates for alike, so that it must keep none.
 *
 * @param ours the names that only the gateway writes.
 */
export function varyForClient(headers: HeaderList, ours: StripList): HeaderList {
  return listMembers(headers, 'vary').some((member) => ours.matches(member))
    ? [...withoutFields(headers, VARY), ['vary', '*']]
    : headers;
}
