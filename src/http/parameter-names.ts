/** Whether a query or a form names a parameter, in any way that a server may read it. */

/**
 * Whether a parameter of this name is there. Servers that are lenient take other letter case, dots,
 * brackets and spaces for the name, and a semicolon for an ampersand.
 *
 * @param text a query without its question mark, or a form.
 * @param name in lower case, words joined by `_`.
 */
export function namesParameter(text: string, name: string): boolean {
  return text.split(/[&;]/).some((piece) => {
    const equals = piece.indexOf('=');
    return folded(equals < 0 ? piece : piece.slice(0, equals)) === name;
  });
}

/** Octets are enough: the names that are looked for are ASCII. */
function folded(piece: string): string {
  const decoded = piece
    .replaceAll('+', ' ')
    .replaceAll(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)));
  return decoded
    .toLowerCase()
    .trim()
    .replace(/[[\]\0].*$/s, '')
    .replaceAll(/[.\- ]/g, '_');
}
