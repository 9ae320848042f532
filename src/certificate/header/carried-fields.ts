/** Finding the fields of a certificate among those of a request. */

import { damaged, isAbsent, maxValueLength } from './carried-certificate.ts';
import type { Fields } from './header-codec.ts';

/**
 * The value of the field with this name, undefined where there is none or it is a way to say none.
 *
 * @throws CertificateError on a value that is too long, and on a field that stands twice, be both
 * equal or empty: two proxies wrote it, or a client and a proxy (T06).
 */
export function soleValue(fields: Fields, name: string): string | undefined {
  const values = valuesOf(fields, name);
  if (values.length > 1) throw damaged(`certificate header ${name} stands ${values.length} times`);
  const [value] = values;
  return value === undefined || isAbsent(value) ? undefined : value;
}

/** The values of every field with this name. @throws CertificateError on one that is too long. */
export function valuesOf(fields: Fields, name: string): readonly string[] {
  const values = fields.filter(([field]) => isNamed(field, name)).map(([, value]) => value);
  if (values.every((value) => value.length <= maxValueLength)) return values;
  throw damaged(`certificate header ${name} has more than ${maxValueLength} characters`);
}

/** The text without spaces and tabs around it; an expression would take its time over many of them. */
export function withoutSpace(text: string): string {
  let [start, end] = [0, text.length];
  while (text[start] === ' ' || text[start] === '\t') start += 1;
  while (end > start && (text[end - 1] === ' ' || text[end - 1] === '\t')) end -= 1;
  return text.slice(start, end);
}

function isNamed(field: string, name: string): boolean {
  return field.length === name.length && field.toLowerCase() === name.toLowerCase();
}
