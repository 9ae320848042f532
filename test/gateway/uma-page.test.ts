import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import type { TestContext } from 'node:test';

import { runDocumented } from '../requirements/document-command.ts';
import { selfSigned } from '../support/pki.ts';
import { startGateway } from '../support/running-gateway.ts';
import { createWorkshop } from '../support/workshop.ts';
import { withoutCurl } from './curl.ts';

const page = await readFile(new URL('../../docs/uma.md', import.meta.url), 'utf8');
const [, story = ''] = page.split('## The whole story');
const [before = '', ...exchanges] = story.split(/^ {4}\$ /m);

interface Exchange {
  readonly command: string;
  readonly answer: Readonly<Record<string, unknown>>;
}

/** A command and the JSON below it, each on lines that are indented. */
function readExchange(text: string): Exchange {
  const [lines = ''] = text.split('\n\n');
  const brace = lines.search(/^ {4}\{/m);
  return {
    command: lines.slice(0, brace).trim(),
    answer: JSON.parse(lines.slice(brace)) as Exchange['answer'],
  };
}

/** The YAML of the page, from its first line that is indented. */
function configuration(): string {
  const lines = before.split('\n').filter((line) => line.startsWith('    '));
  return lines.map((line) => line.slice(4)).join('\n');
}

async function start(t: TestContext) {
  const workshop = createWorkshop((clean) => t.after(clean));
  const files: Record<string, string> = {};
  for (const name of ['photos', 'viewer']) {
    const { certificatePem, privateKeyPem } = await selfSigned();
    workshop.write(`${name}.pem`, certificatePem);
    workshop.write(`${name}-key.pem`, privateKeyPem);
    files[`${name}.pem`] = certificatePem;
  }
  const gateway = await startGateway({ yaml: configuration(), files });
  t.after(() => gateway.close());
  workshop.write('ca.pem', gateway.ca);
  return (command: string) => runDocumented(command, gateway, workshop);
}

/** Seconds since the epoch, which the page can't know. */
const TIMES: ReadonlySet<string> = new Set(['exp', 'iat']);

/** Compares the answer with that of the page, where words in capitals stand for what comes. */
function compare(actual: unknown, documented: unknown, words: Map<string, string>, key = ''): void {
  if (typeof documented === 'string' && /^[A-Z]+$/.test(documented)) {
    assert.equal(typeof actual, 'string', documented);
    assert.equal(actual, words.get(documented) ?? actual, documented);
    words.set(documented, String(actual));
  } else if (typeof documented === 'object' && documented !== null) {
    assert.ok(typeof actual === 'object' && actual !== null);
    assert.deepEqual(Object.keys(actual).toSorted(), Object.keys(documented).toSorted());
    for (const [name, value] of Object.entries(documented)) {
      compare((actual as Record<string, unknown>)[name], value, words, name);
    }
  } else if (!TIMES.has(key)) {
    assert.equal(actual, documented, key);
  }
}

test('the story of the page about UMA goes as it says', { skip: withoutCurl }, async (t) => {
  const run = await start(t);
  const words = new Map<string, string>();
  assert.equal(exchanges.length, 5);
  for (const { command, answer } of exchanges.map(readExchange)) {
    const variables = [...words].map(([name, value]) => `${name}='${value}'; `).join('');
    const { status, body } = await run(`${variables}${command}`);
    assert.ok(status < 300, `${command}: ${status} ${JSON.stringify(body)}`);
    compare(body, answer, words);
  }
});
