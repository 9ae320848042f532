/** Sets of field names, which compare without case (RFC 9110 section 5.1). */

interface Spellings {
  readonly lower: string;
  /** As most senders write it. */
  readonly usual: string;
}

/**
 * Asked for every field of every message, so it makes no copy of a name. For names that are known
 * beforehand: many foreign ones of one length would each be compared.
 */
export class FieldNames {
  readonly #byLength: Spellings[][] = [];

  constructor(names: Iterable<string>) {
    for (const name of names) {
      const lower = name.toLowerCase();
      this.#ofLength(lower.length).push({ lower, usual: usualSpelling(lower) });
    }
  }

  /** In any spelling. */
  has(name: string): boolean {
    return this.find(name) !== undefined;
  }

  /** The name in lower case, where it is one of these in any spelling. */
  find(name: string): string | undefined {
    const alike = this.#byLength[name.length];
    if (alike === undefined) return undefined;
    for (const { lower, usual } of alike) {
      // The engine compares whole texts in less time than we their letters.
      if (name === usual || isSameName(name, lower)) return lower;
    }
    return undefined;
  }

  /** These and those. */
  with(names: Iterable<string>): FieldNames {
    return new FieldNames([...this.#byLength.flat().map(({ lower }) => lower), ...names]);
  }

  #ofLength(length: number): Spellings[] {
    while (this.#byLength.length <= length) this.#byLength.push([]);
    return this.#byLength[length] ?? [];
  }
}

/** Whether a name is this lower-case one, in any spelling. */
export function isSameName(name: string, lower: string): boolean {
  if (name.length !== lower.length) return false;
  for (let at = 0; at < lower.length; at += 1) {
    const code = name.charCodeAt(at);
    if (code !== lower.charCodeAt(at) && !isCapital(code, lower.charCodeAt(at))) return false;
  }
  return true;
}

/** `Content-Type` for `content-type`. */
function usualSpelling(lower: string): string {
  return lower.replaceAll(/(?<![a-z])[a-z]/g, (letter) => letter.toUpperCase());
}

function isCapital(code: number, lower: number): boolean {
  return code >= 0x41 && code <= 0x5a && (code | 0x20) === lower;
}
