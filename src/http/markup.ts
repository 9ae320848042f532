/** Text of HTML in which everything that is put in is escaped. */

/** HTML that is safe to send; made by `markup` alone, but for the stylesheet. */
export interface Markup {
  readonly text: string;
}

type Part = Markup | readonly Markup[] | string | number | undefined;

/**
 * Returns markup: strings that are put in are escaped, other markup is put in as it is. (Not named
 * `html`, since formatters take the liberty to change the white space of templates of that name.)
 */
export function markup(texts: TemplateStringsArray, ...parts: readonly Part[]): Markup {
  return { text: texts.map((text, index) => text + textOf(parts[index])).join('') };
}

export const NOTHING: Markup = { text: '' };

function textOf(part: Part): string {
  if (part === undefined) return '';
  if (typeof part === 'number') return String(part);
  if (typeof part === 'string') return escaped(part);
  return 'text' in part ? part.text : part.map(({ text }) => text).join('');
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escaped(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => ENTITIES[character] ?? '');
}
