/** Field lines of HTTP/1.1 (RFC 9112 section 5): one grammar for what is read and what is written. */

/** A token (RFC 9110 section 5.6.2). */
const NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
const NOT_IN_VALUE = /[^\t\x20-\x7e\x80-\xff]/;
/** The name is at once followed by the colon, and no line is folded. */
const FIELD_LINE = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):[\t ]*([\t\x20-\x7e\x80-\xff]*)$/;
const TRAILING_SPACE = /[\t ]+$/;

/**
 * Name and value of a line without its end, one character for each octet; undefined where it is no
 * field line.
 */
export function readFieldLine(line: string): [name: string, value: string] | undefined {
  const [, name, value] = FIELD_LINE.exec(line) ?? [];
  if (name === undefined || value === undefined) return undefined;
  return [name, endsWithSpace(value) ? value.replace(TRAILING_SPACE, '') : value];
}

/** Whether a field with this name and value can be written as one line. */
export function isWritableField(name: string, value: string): boolean {
  return NAME.test(name) && !NOT_IN_VALUE.test(value);
}

function endsWithSpace(value: string): boolean {
  const last = value.charCodeAt(value.length - 1);
  return last === 0x20 || last === 0x09;
}
