/** Fields that stand in many messages, put into lines once. */

import type { HeaderList } from './exchange.ts';
import { FRAMING, isWritableField } from './field-line.ts';

/** What `fieldLines` has made; nothing else may be written without being looked at. */
export interface FieldLines {
  readonly octets: Uint8Array;
}

/**
 * The lines of these fields, each with its end. Undefined where one can't be written as a line, or
 * says where its message ends, which is said by whoever writes that.
 */
export function fieldLines(headers: HeaderList): FieldLines | undefined {
  const isLine = ([name, value]: HeaderList[number]): boolean =>
    isWritableField(name, value) && !FRAMING.has(name);
  if (!headers.every(isLine)) return undefined;
  const text = headers.map(([name, value]) => `${name}: ${value}\r\n`).join('');
  return { octets: Buffer.from(text, 'latin1') };
}
