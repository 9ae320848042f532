import assert from 'node:assert/strict';
import { glob, readFile, stat } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { test } from 'node:test';

const PROJECT = join(import.meta.dirname, '../..');

const DOCUMENTS = await Array.fromAsync(glob(['*.md', '{docs,deploy}/**/*.md'], { cwd: PROJECT }));

/** What stands in code is no link and no heading. */
function withoutCode(markdown: string): string {
  return markdown.replaceAll(/^```.*?^```$/gms, '').replaceAll(/`[^`\n]*`/g, (code) => {
    // A heading keeps the words of its code in its anchor, and a link those of its text.
    return code.slice(1, -1).replaceAll(/[[\]()]/g, '');
  });
}

/** The anchors of headings, as GitHub makes them, and those that the page names itself. */
function anchorsOf(markdown: string): ReadonlySet<string> {
  const counts = new Map<string, number>();
  const anchors = new Set<string>();
  for (const [, heading = ''] of withoutCode(markdown).matchAll(/^#{1,6} (.+)$/gm)) {
    const text = heading.replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1').replaceAll(/[*]/g, '');
    const slug = text
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\p{M}_\- ]/gu, '')
      .replaceAll(' ', '-');
    const count = counts.get(slug) ?? 0;
    counts.set(slug, count + 1);
    anchors.add(count === 0 ? slug : `${slug}-${count}`);
  }
  for (const [, id = ''] of markdown.matchAll(/<a (?:id|name)="([^"]+)">/g)) anchors.add(id);
  return anchors;
}

async function problemOf(document: string, target: string): Promise<string | undefined> {
  const [path = '', anchor] = target.split('#', 2);
  const file = path === '' ? document : join(dirname(document), decodeURIComponent(path));
  const found = await stat(join(PROJECT, file)).catch(() => undefined);
  if (found === undefined) return `${document}: there is no ${target}`;
  if (relative('.', file).startsWith('..')) return `${document}: ${target} leaves the project`;
  if (anchor === undefined) return undefined;
  const anchors = anchorsOf(await readFile(join(PROJECT, file), 'utf8'));
  return anchors.has(anchor) ? undefined : `${document}: there is no heading for ${target}`;
}

test('every relative link of the documents leads to a file, and its anchor to a heading', async () => {
  const problems: string[] = [];
  let checked = 0;
  for (const document of DOCUMENTS) {
    const text = withoutCode(await readFile(join(PROJECT, document), 'utf8'));
    const inline = [...text.matchAll(/\]\(\s*<?([^)\s>]+)>?(?:\s+"[^"]*")?\s*\)/g)];
    const defined = [...text.matchAll(/^\[[^\]]+\]:\s*(\S+)/gm)];
    for (const [, target = ''] of [...inline, ...defined]) {
      if (/^[a-z][a-z0-9+.-]*:/i.test(target)) continue;
      checked += 1;
      const problem = await problemOf(document, target);
      if (problem !== undefined) problems.push(problem);
    }
  }
  assert.deepEqual(problems, []);
  assert.ok(checked > 100, `${checked} links`);
});

test('every document is reached from the README', async () => {
  const reached = new Set<string>(['README.md']);
  for (const document of reached) {
    const text = withoutCode(await readFile(join(PROJECT, document), 'utf8'));
    for (const [, target = ''] of text.matchAll(/\]\(([^)\s#]+\.md)/g)) {
      if (!target.includes(':')) reached.add(join(dirname(document), target));
    }
  }
  assert.deepEqual(
    DOCUMENTS.filter((document) => !reached.has(document)),
    [],
  );
});
