/** Sets of field names, which compare without case (RFC 9110 section 5.1). */

/**
 * Asked for every field of every message, so it makes no copy of a name. For names that are known
 * beforehand: many foreign ones of one length would each be compared.
 */
export class FieldNames {
  /** In lower case, by their length. */
  readonly #byLength: string[][] = [];

  constructor(names: Iterable<string>) {
    for (const name of names) this.#ofLength(name.length).push(name.toLowerCase());
  }

  /** In any spelling. */
  has(name: string): boolean {
    return this.find(name) !== undefined;
  }

  /** The name in lower case, where it is one of these in any spelling. */
  find(name: string): string | undefined {
    const alike = this.#byLength[name.length];
    if (alike === undefined) return undefined;
    for (const known of alike) if (isSameName(name, known)) return known;
    return undefined;
  }

  /** These and those. */
  with(names: Iterable<string>): FieldNames {
    return new FieldNames([...this.#byLength.flat(), ...names]);
  }

  #ofLength(length: number): string[] {
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

function isCapital(code: number, lower: number): boolean {
  return code >= 0x41 && code <= 0x5a && (code | 0x20) === lower;
}
