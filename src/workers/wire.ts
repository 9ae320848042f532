/**
 * Messages between the processes as text. The channel itself speaks JSON, since what Node's cluster
 * says of each connection that is handed over goes the same way: that is some 25 us dearer where the
 * channel takes any plain data. Ours hold octets and maps, and are few beside those. One that is large,
 * with all files of a configuration, takes some 5 ms for each megabyte.
 */

import { deserialize, serialize } from 'node:v8';

/** Plain data as text. */
export function packMessage(message: object): string {
  return serialize(message).toString('base64');
}

/** What was packed by another process of this program; undefined for a message of somebody else. */
export function unpackMessage(text: unknown): unknown {
  // Not into the pool of Buffer: what is in a message may be kept, and would keep all that is beside it.
  return typeof text === 'string' ? deserialize(Uint8Array.fromBase64(text)) : undefined;
}
