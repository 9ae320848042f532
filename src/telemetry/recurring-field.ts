/** A field that has the same value in many lines. */

import { fieldOf } from './field-rules.ts';
import type { Field } from './field-rules.ts';
import { fieldText } from './log-line.ts';
import type { FieldText } from './log-line.ts';

/** When there would be more, all are forgotten. */
const MAX_KEPT = 1_024;
const MAX_KEPT_CHARS = 64;

/** Keeps values as they are written, if they are short: each is made fit for a line once. */
export class RecurringField {
  readonly #field: Field;
  readonly #kept = new Map<string, FieldText>();

  constructor(name: string) {
    this.#field = fieldOf(name);
  }

  of(value: string): FieldText {
    return this.#kept.get(value) ?? this.#made(value);
  }

  #made(value: string): FieldText {
    // A copy, as the value may be a slice of a whole head, which it would keep.
    const copy = value.length > MAX_KEPT_CHARS ? '' : Buffer.from(value).toString();
    // Text that is not well-formed has no copy.
    if (copy !== value) return fieldText(this.#field, value);
    const made = fieldText(this.#field, copy);
    if (this.#kept.size === MAX_KEPT) this.#kept.clear();
    this.#kept.set(copy, made);
    return made;
  }
}
