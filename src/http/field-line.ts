/** Field lines of HTTP/1.1 (RFC 9112 section 5): one grammar for what is read and what is written. */

/** A token (RFC 9110 section 5.6.2). */
const NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
const NOT_IN_VALUE = /[^\t\x20-\x7e\x80-\xff]/;

/**
 * Name and value of a line without its end, one character for each octet; undefined where it is no
 * field line. The name is at once followed by the colon, and no line is folded.
 */
export function readFieldLine(line: string): [name: string, value: string] | undefined {
  const colon = line.indexOf(':');
  // One expression for the whole line would take the square of the spaces in it.
  const name = line.slice(0, Math.max(colon, 0));
  const value = withoutOuterSpace(line, colon + 1);
  return isWritableField(name, value) ? [name, value] : undefined;
}

/** Whether a field with this name and value can be written as one line. */
export function isWritableField(name: string, value: string): boolean {
  return NAME.test(name) && !NOT_IN_VALUE.test(value);
}

/** From the position on, without the spaces and tabs around it. */
function withoutOuterSpace(line: string, from: number): string {
  let start = from;
  let end = line.length;
  while (start < end && isSpace(line.charCodeAt(start))) start += 1;
  while (end > start && isSpace(line.charCodeAt(end - 1))) end -= 1;
  return line.slice(start, end);
}

function isSpace(code: number): boolean {
  return code === 0x20 || code === 0x09;
}
