/** One line of JSON: each field bounded, so that the line is, and secrets taken out. */

import { boundText, quotedText } from './bounded-text.ts';
import { MAX_FIELD_BYTES, fieldOf } from './field-rules.ts';
import type { Field } from './field-rules.ts';
import type { FieldValue, LogEntry } from './log-fields.ts';
import { REDACTED, redact } from './redaction.ts';

/** Longest line, its line feed included. */
export const MAX_LINE_BYTES = 4_096;
/** Room for what stands in every line beside fields and text: level, time, worker, punctuation. */
const FRAME_BYTES = 128;
const MAX_TEXT_BYTES = 512;
/** Nothing beyond this is looked at, however long a foreign text is. */
const MAX_READ_CHARS = 4_096;
const MAX_NUMBER_BYTES = 24;

export interface QuotedText {
  readonly text: string;
  /** What it takes of the room that a line has for fields and text. */
  readonly bytes: number;
}

/** A field with its text as they stand in a line that has room for the longest. */
export interface FieldText {
  readonly field: Field;
  readonly value: string;
  readonly text: string;
  /** As of `QuotedText`. */
  readonly bytes: number;
}

/** A line that takes one field after the other; `"cut":true` says that some found no room. */
export class LogLine {
  #text: string;
  #room: number;
  #isCut = false;
  readonly #end: QuotedText;

  /**
   * @param head brace, level and time.
   * @param end see `endOf`.
   */
  constructor(head: string, end: QuotedText) {
    this.#text = head;
    this.#end = end;
    this.#room = MAX_LINE_BYTES - FRAME_BYTES - end.bytes;
  }

  /** Undefined is left out. */
  text(field: Field, value: string | undefined): void {
    if (value !== undefined) this.#textOf(field, value);
  }

  /** The same for a field that was made before: as `text` would write it. */
  made(made: FieldText): void {
    if (this.#room - made.bytes < MAX_FIELD_BYTES) {
      this.#textOf(made.field, made.value);
      return;
    }
    this.#text += made.text;
    this.#room -= made.bytes;
  }

  /** @param value as JSON writes it; of 24 characters at most. */
  plain(field: Field, value: string): void {
    if (!this.#takeLead(field)) return;
    this.#text += field.lead + value;
    this.#room -= MAX_NUMBER_BYTES;
  }

  number(field: Field, value: number | boolean): void {
    // JSON knows no NaN and no Infinity.
    const isKnown = typeof value === 'boolean' || Number.isFinite(value);
    this.plain(field, isKnown ? String(value) : 'null');
  }

  /** Undefined is left out. */
  add(field: Field, value: FieldValue | undefined): void {
    if (typeof value === 'string') this.text(field, value);
    else if (value !== undefined) this.number(field, value);
  }

  /** The line with its line feed. */
  end(): string {
    return this.#text + this.#end.text;
  }

  #textOf(field: Field, value: string): void {
    if (!this.#takeLead(field)) return;
    const { text, bytes } = quotedValue(field, value, this.#room);
    this.#text += field.lead + text;
    this.#room -= bytes;
  }

  /** Whether there is room for the field; the line says so where there is none. */
  #takeLead({ lead }: Field): boolean {
    // Beside the lead up to two quotes.
    this.#room -= lead.length + 2;
    if (this.#room >= MAX_NUMBER_BYTES) return true;
    if (!this.#isCut) this.#text += ',"cut":true';
    this.#isCut = true;
    return false;
  }
}

/** Returns the line of an entry, its fields in their order. */
export function logLine({ text, fields }: LogEntry, head: string): string {
  const line = new LogLine(head, endOf(text));
  for (const name in fields) line.add(fieldOf(name), fields[name]);
  return line.end();
}

/** The message and what closes the line. */
export function endOf(message: string): QuotedText {
  const bounded = boundText(redact(readable(message)), MAX_TEXT_BYTES, MAX_TEXT_BYTES);
  return { text: `,"msg":${quotedText(bounded)}}\n`, bytes: bounded.bytes };
}

/** Returns what `LogLine.made` takes. */
export function fieldText(field: Field, value: string): FieldText {
  const { text, bytes } = quotedValue(field, value, MAX_FIELD_BYTES);
  // Joined, not added up: what is kept shall hold on to nothing else.
  const whole = [field.lead, text].join('');
  return { field, value, text: whole, bytes: field.lead.length + 2 + bytes };
}

function quotedValue(field: Field, value: string, room: number): QuotedText {
  const { chars, bytes, isOurs, isSecret } = field;
  const shown = isOurs ? value : withoutSecrets(value, isSecret);
  const bounded = boundText(shown, chars, Math.min(bytes, room));
  return { text: quotedText(bounded), bytes: bounded.bytes };
}

function withoutSecrets(value: string, isSecret: boolean): string {
  return isSecret ? REDACTED : redact(readable(value));
}

function readable(text: string): string {
  return text.length > MAX_READ_CHARS ? text.slice(0, MAX_READ_CHARS) : text;
}
