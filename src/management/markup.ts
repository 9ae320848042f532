/** HTML put together so that no text can become markup. */

/** Markup that is safe to write as it is. */
export interface Markup {
  readonly html: string;
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

type Piece = string | number | Markup | readonly Markup[];

/** A template whose values are escaped unless they are markup themselves. */
export function html(texts: TemplateStringsArray, ...pieces: readonly Piece[]): Markup {
  const written = pieces.map((piece, index) => `${write(piece)}${texts[index + 1] ?? ''}`);
  return { html: `${texts[0] ?? ''}${written.join('')}` };
}

export const NOTHING: Markup = { html: '' };

function write(piece: Piece): string {
  if (typeof piece === 'number') return String(piece);
  if (typeof piece === 'string')
    return piece.replaceAll(/[&<>"']/g, (char) => ENTITIES[char] ?? '');
  return 'html' in piece ? piece.html : piece.map((each) => each.html).join('');
}
