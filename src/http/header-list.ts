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

/** The value of the first field line with this lower-case name. */
export function fieldValue(headers: HeaderList, name: string): string | undefined {
  for (const field of headers) if (isNamed(field, name)) return field[1];
  return undefined;
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
    for (const member of membersOf(field[1])) members.push(member);
  }
  return members;
}

/** The same of one value. */
export function membersOf(value: string): readonly string[] {
  // Most have one.
  return value.includes(',') ? value.split(',').map((member) => member.trim()) : [value.trim()];
}

/** Whether such members have this lower-case one, in any spelling. */
export function hasMember(members: readonly string[], lower: string): boolean {
  for (const member of members) if (isSameName(member, lower)) return true;
  return false;
}

/** Whether the field has this lower-case name. */
export function isNamed(field: HeaderList[number], name: string): boolean {
  return isSameName(field[0], name);
}

/** The list without the fields of these names: the same one where it has none of them. */
export function withoutFields(headers: HeaderList, names: FieldNames): HeaderList {
  let kept: HeaderList[number][] | undefined;
  let at = 0;
  for (const field of headers) {
    if (names.has(field[0])) kept ??= headers.slice(0, at);
    else kept?.push(field);
    at += 1;
  }
  return kept ?? headers;
}
