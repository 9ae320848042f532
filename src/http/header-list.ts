/** Reading and filtering header lists; field names compare without case (RFC 9110 section 5.1). */

import type { HeaderList } from './exchange.ts';
import { isSameName } from './field-names.ts';
import type { FieldNames } from './field-names.ts';

/** The list that a parser gives flat, names and values in turn. */
export function fieldPairs(flat: readonly string[]): HeaderList {
  const list: [string, string][] = [];
  for (let at = 0; at + 1 < flat.length; at += 2) list.push([flat[at] ?? '', flat[at + 1] ?? '']);
  return list;
}

/** The values of every field line with this lower-case name, in order. */
export function fieldValues(headers: HeaderList, name: string): readonly string[] {
  const values: string[] = [];
  for (const field of headers) {
    if (isNamed(field, name)) values.push(field[1]);
  }
  return values;
}

/** The members of every field of this lower-case name, which is a list (RFC 9110 section 5.6.1). */
export function listMembers(headers: HeaderList, name: string): readonly string[] {
  const members: string[] = [];
  for (const field of headers) {
    if (!isNamed(field, name)) continue;
    // Most have one.
    if (!field[1].includes(',')) members.push(field[1].trim());
    else for (const member of field[1].split(',')) members.push(member.trim());
  }
  return members;
}

/** Whether the field has this lower-case name. */
export function isNamed(field: HeaderList[number], name: string): boolean {
  return isSameName(field[0], name);
}

/** The list without the fields of these names. */
export function withoutFields(headers: HeaderList, names: FieldNames): HeaderList {
  return headers.filter((field) => !names.has(field[0]));
}
