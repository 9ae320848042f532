/**
 * Foreign text made fit for one log line: bounded in characters and in written bytes, with nothing
 * in it that could end the line, move a terminal's cursor or turn the reading direction.
 */

export interface BoundedText {
  readonly text: string;
  /** Bytes of the text inside a JSON string after `escapeHidden`. */
  readonly bytes: number;
  /** It stands in a JSON string as it is. */
  readonly isPlain: boolean;
}

/** Printable ASCII that JSON writes as it is. */
const PLAIN = /^[ !#-[\]-~]*$/;

/**
 * What JSON leaves as it is although it acts on a reader: DEL and C1 controls (0x9b starts an
 * escape sequence as ESC [ does), line separators, invisible and direction marks.
 */
const HIDDEN =
  /[\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]/g;

const CUT_MARK = '…';
const CUT_MARK_BYTES = 3;

/** Returns the longest start of the text that fits both bounds, with `…` where it was cut. */
export function boundText(text: string, maxChars: number, maxBytes: number): BoundedText {
  if (text.length <= maxChars && text.length <= maxBytes && PLAIN.test(text)) {
    return { text, bytes: text.length, isPlain: true };
  }
  let bytes = 0;
  let end = 0;
  /** The longest start that leaves room for the mark. */
  let cutEnd = 0;
  let cutBytes = 0;
  while (end < text.length) {
    const point = text.codePointAt(end) ?? 0;
    const next = end + (point > 0xffff ? 2 : 1);
    const cost = writtenBytes(point);
    if (next > maxChars || bytes + cost > maxBytes) {
      const bytesWithMark = cutBytes + CUT_MARK_BYTES;
      return { text: text.slice(0, cutEnd) + CUT_MARK, bytes: bytesWithMark, isPlain: false };
    }
    end = next;
    bytes += cost;
    if (next < maxChars && bytes + CUT_MARK_BYTES <= maxBytes) {
      cutEnd = end;
      cutBytes = bytes;
    }
  }
  return { text, bytes, isPlain: false };
}

/** The text as a JSON string in which nothing acts on who reads it. */
export function quotedText({ text, isPlain }: BoundedText): string {
  return isPlain ? `"${text}"` : escapeHidden(JSON.stringify(text));
}

/** Escapes what JSON.stringify leaves; for text inside JSON strings, where `\u` is understood. */
export function escapeHidden(text: string): string {
  return text.replaceAll(HIDDEN, unicodeEscape);
}

function unicodeEscape(char: string): string {
  return `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

function writtenBytes(point: number): number {
  if (point === 0x22 || point === 0x5c) return 2;
  if (point < 0x20) return 6;
  if (point < 0x7f) return 1;
  if (point > 0xffff) return 4;
  // Lone surrogates are escaped by JSON.stringify.
  if (point >= 0xd800 && point <= 0xdfff) return 6;
  if (String.fromCharCode(point).search(HIDDEN) === 0) return 6;
  return point < 0x800 ? 2 : 3;
}
