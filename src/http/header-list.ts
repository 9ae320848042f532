/** Reading and filtering header lists; field names compare without case (RFC 9110 section 5.1). */

import type { HeaderList } from './exchange.ts';

/** The list that a parser gives flat, names and values in turn. */
export function fieldPairs(flat: readonly string[]): HeaderList {
  const list: [string, string][] = [];
  for (let at = 0; at + 1 < flat.length; at += 2) list.push([flat[at] ?? '', flat[at + 1] ?? '']);
  return list;
}

/** The values of every field line with this lower-case name, in order. */
export function fieldValues(headers: HeaderList, name: string): readonly string[] {
  const values: string[] = [];
  for (const [field, value] of headers) {
    if (field.length === name.length && field.toLowerCase() === name) values.push(value);
  }
  return values;
}

/** The list without the fields whose lower-case name is in `names`. */
export function withoutFields(headers: HeaderList, names: ReadonlySet<string>): HeaderList {
  return headers.filter(([field]) => !names.has(field.toLowerCase()));
}
