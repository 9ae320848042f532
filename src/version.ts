/** The version of the program, as package.json states it. */

import { readFileSync } from 'node:fs';

/** A semantic version. */
export const VERSION: string = readVersion();

function readVersion(): string {
  const text = readFileSync(new URL('../package.json', import.meta.url), 'utf8');
  const { version } = JSON.parse(text) as { readonly version: string };
  return version;
}
