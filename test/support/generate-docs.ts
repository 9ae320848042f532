/** Writes the generated files of docs/; run by `npm run docs`. */

import { writeFile } from 'node:fs/promises';

import { generatedDocs } from './configuration-docs.ts';

const project = new URL('../../', import.meta.url);
for (const [path, text] of Object.entries(generatedDocs())) {
  await writeFile(new URL(path, project), text);
}
