/** Fields that stand in many messages, put into lines once. */

import { Buffer } from 'node:buffer';

import type { HeaderList } from './exchange.ts';
import { FRAMING, isWritableField } from './field-line.ts';

/** What `fieldLines` has made; nothing else may be written without being looked at. */
export interface FieldLines {
  readonly octets: Uint8Array;
}

/** Whoever writes a message says where it ends and whom it is for. */
const OF_ONE_MESSAGE = FRAMING.with(['host']);

/** Whether a field of this name may stand in many messages. */
export function mayStand(name: string): boolean {
  return !OF_ONE_MESSAGE.has(name);
}

/**
 * The lines of these fields, each with its end. Undefined where one can't be written as a line, or may
 * not stand in many messages.
 */
export function fieldLines(headers: HeaderList): FieldLines | undefined {
  const isLine = ([name, value]: HeaderList[number]): boolean =>
    isWritableField(name, value) && mayStand(name);
  if (!headers.every(isLine)) return undefined;
  const text = headers.map(([name, value]) => `${name}: ${value}\r\n`).join('');
  // Of its own: a piece of the memory that Node shares out would keep all of that for a connection.
  const octets = Buffer.allocUnsafeSlow(text.length);
  octets.write(text, 'latin1');
  return { octets };
}
