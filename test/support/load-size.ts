/** How much a long run does: what the environment says, else its full size. */

import process from 'node:process';

/** Requests of each run: `CERTBOUND_LOAD_REQUESTS`, or a hundred thousand. */
export function loadRequests(): number {
  return sizeOf('CERTBOUND_LOAD_REQUESTS', 100_000);
}

/** A whole number that the environment variable gives. @throws Error for anything else. */
export function sizeOf(name: string, full: number): number {
  const text = process.env[name] ?? String(full);
  if (!/^[1-9]\d{0,9}$/.test(text)) throw new Error(`${name} is not a number: ${text}`);
  return Number(text);
}
