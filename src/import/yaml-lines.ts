/** Lines of the printed configuration: comments, and values that mean nothing but themselves. */

import { showPlace, visible } from './note.ts';
import type { Place } from './note.ts';

const WIDTH = 100;

/** Comment lines, broken between words. `hang` is put before every line but the first. */
export function comment(text: string, indent = '', hang = ''): readonly string[] {
  const lines: string[] = [];
  let line = `${indent}#`;
  for (const word of visible(text).split(' ')) {
    const isLong = line.length + word.length + 1 > WIDTH && line !== `${indent}#`;
    if (isLong) {
      lines.push(line);
      line = `${indent}#${hang}`;
    }
    line += ` ${word}`;
  }
  return [...lines, line];
}

/** A comment that tells from which line of the input the next line comes. */
export function origin(
  { place }: { readonly place: Place },
  what: string,
  indent: string,
): readonly string[] {
  return comment(`${showPlace(place)} ${what}`, indent);
}

/** A value: without quotes where it can be nothing else, `${` so that it is no reference. */
export function scalar(value: string): string {
  const isPlain =
    /^[A-Za-z_][A-Za-z0-9_./-]*$/.test(value) && !/^(?:true|false|null)$/i.test(value);
  return isPlain ? value : JSON.stringify(visible(value)).replaceAll('${', () => '$${');
}

/** A list on one line. */
export function list(values: readonly string[]): string {
  return `[${values.map(scalar).join(', ')}]`;
}

/** Lines that count once the `# ` before each is taken away. */
export function commentedOut(lines: readonly string[]): readonly string[] {
  return lines.map((line) => (line === '' ? '#' : `# ${line}`));
}
