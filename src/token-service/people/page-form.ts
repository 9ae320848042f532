/** Forms that browsers send. */

import type { IncomingMessage } from 'node:http';

/** A name and a password of 1,024 characters, each of them percent-encoded. */
const MAX_FORM_BYTES = 16_384;

/** Returns the fields; undefined for anything but a form of this size with each field once. */
export async function readPageForm(
  request: IncomingMessage,
): Promise<ReadonlyMap<string, string> | undefined> {
  const form = await readForm(request);
  if (form === undefined) return undefined;
  const fields = new Map(form);
  return fields.size === form.size ? fields : undefined;
}

/** Returns the form as it was sent; undefined for anything but a form of this size. */
export async function readForm(request: IncomingMessage): Promise<URLSearchParams | undefined> {
  const [type = ''] = (request.headers['content-type'] ?? '').split(';', 1);
  if (type.trim().toLowerCase() !== 'application/x-www-form-urlencoded') return undefined;
  const bytes = await readBytes(request);
  return bytes && new URLSearchParams(bytes.toString('utf8'));
}

/** Undefined for more than is allowed, and for a body that breaks off. */
async function readBytes(request: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let length = 0;
  try {
    // It would take the answer along if it were destroyed before its end.
    for await (const chunk of request.iterator({ destroyOnReturn: false })) {
      length += (chunk as Buffer).length;
      if (length > MAX_FORM_BYTES) return undefined;
      chunks.push(chunk as Buffer);
    }
  } catch {
    return undefined;
  }
  return Buffer.concat(chunks);
}
