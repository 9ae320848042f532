/** Writes the generated files of docs/; run by `npm run docs`. */

import { readFile, writeFile } from 'node:fs/promises';

import { writePage } from '../bench/page.ts';
import { withRegions } from './certificate-header-docs.ts';
import { generatedDocs } from './configuration-docs.ts';
import { formatResults } from './format-results.ts';

const project = new URL('../../', import.meta.url);
for (const [path, text] of Object.entries(generatedDocs())) {
  await writeFile(new URL(path, project), text);
}

const page = new URL('docs/certificate-headers.md', project);
await writeFile(page, withRegions(await readFile(page, 'utf8'), await formatResults()));

await writePage();
