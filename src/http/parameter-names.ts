/** Whether a query or a form names a parameter, in any way that a server may read it. */

/**
 * Whether a parameter of this name is there. Servers that are lenient take other letter case, dots,
 * brackets and spaces for the name, and a semicolon for an ampersand.
 *
 * @param text a query without its question mark, or a form.
 * @param name in lower case, words joined by `_`.
 */
export function namesParameter(text: string, name: string): boolean {
  // No name grows by folding, so that pieces that are shorter are not worth a look.
  const pieces = new RegExp(`[^&;]{${name.length},}`, 'g');
  for (const [piece] of text.matchAll(pieces)) {
    const equals = piece.indexOf('=');
    if (foldedName(equals < 0 ? piece : piece.slice(0, equals)) === name) return true;
  }
  return false;
}

/**
 * The name for which a lenient server may take that of a parameter. Octets are enough: the names that
 * are looked for are ASCII.
 */
export function foldedName(piece: string): string {
  const decoded = piece
    .replaceAll('+', ' ')
    .replaceAll(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)));
  return decoded
    .toLowerCase()
    .trim()
    .replace(/[[\]\0].*$/s, '')
    .replaceAll(/[.\- ]/g, '_');
}
