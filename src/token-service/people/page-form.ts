/** The form that a page of ours sends. */

import type { IncomingMessage } from 'node:http';

/** A name and a password of 1,024 characters, each of them percent-encoded. */
const MAX_FORM_BYTES = 16_384;

/** Returns the fields; undefined for anything but a form of this size with each field once. */
export async function readPageForm(
  request: IncomingMessage,
): Promise<ReadonlyMap<string, string> | undefined> {
  const [type = ''] = (request.headers['content-type'] ?? '').split(';', 1);
  if (type.trim().toLowerCase() !== 'application/x-www-form-urlencoded') return undefined;
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request) {
    bytes += (chunk as Buffer).length;
    if (bytes > MAX_FORM_BYTES) return undefined;
    chunks.push(chunk as Buffer);
  }
  const entries = [...new URLSearchParams(Buffer.concat(chunks).toString('utf8'))];
  const fields = new Map(entries);
  return fields.size === entries.length ? fields : undefined;
}
