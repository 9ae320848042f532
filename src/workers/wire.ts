/**
 * Messages between the processes as text. The channel itself speaks JSON, since what Node's cluster
 * says of each connection that is handed over goes the same way: that is some 25 us dearer where the
 * channel takes any plain data. Ours hold octets and maps, and are few beside those.
 */

import { deserialize, serialize } from 'node:v8';

/** Plain data as text. */
export function packMessage(message: object): string {
  return serialize(message).toString('base64');
}

/** What was packed by another process of this program. */
export function unpackMessage(text: string): unknown {
  return deserialize(Buffer.from(text, 'base64'));
}
