/** The files of deploy/load-balancers, with nothing in them changed but what belongs to one machine. */

import { readFile } from 'node:fs/promises';

const FOLDER = new URL('../../deploy/load-balancers/', import.meta.url);

/**
 * Returns a shipped file with texts replaced everywhere.
 *
 * @throws Error for a text that does not stand in it.
 */
export async function shippedFile(
  name: string,
  replacements: Readonly<Record<string, string>>,
): Promise<string> {
  const text = await readFile(new URL(name, FOLDER), 'utf8');
  return Object.entries(replacements).reduce((changed, [from, to]) => {
    if (!changed.includes(from)) throw new Error(`${name} lacks ${from}`);
    return changed.replaceAll(from, to);
  }, text);
}
