import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';

import { checkConfig } from '../../src/config/check.ts';
import { parseConfig } from '../../src/config/load.ts';
import { ConfigError } from '../../src/errors.ts';

/** What is said of this section; the other problems of the configuration don't matter here. */
async function problems(
  t: TestContext,
  registration: string,
  files: Readonly<Record<string, string>> = {},
): Promise<readonly string[]> {
  const folder = await mkdtemp(join(tmpdir(), 'certbound-registration-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
  const text = `
listeners: [{address: '127.0.0.1:0', certificate: no.pem, private_key: no.pem}]
token_service:
  embedded:
    issuer: 'https://localhost:9443'
    registration: ${registration}
clients: []
`;
  try {
    await checkConfig(parseConfig(text, { file: 'config.yaml', baseDir: folder, env: {} }));
  } catch (error) {
    assert.ok(error instanceof ConfigError);
    return error.problems
      .filter(({ key }) => key.includes('registration'))
      .map(({ place, text: problem }) => `${place}: ${problem}`);
  }
  return [];
}

test('an initial access token is one that can be sent, and that nobody guesses', async (t) => {
  const good = `${'a'.repeat(32)}\n`;
  const found = await problems(
    t,
    '{initial_access_token_files: [good, short, spaced, empty, missing]}',
    { good, short: 'a'.repeat(31), spaced: `${'a'.repeat(32)} b`, empty: '' },
  );
  const [short, spaced, empty, missing, ...others] = found;
  assert.deepEqual(others, []);
  assert.match(short ?? '', /^config\.yaml:6:55: short holds no token of 32 or more letters/);
  assert.match(spaced ?? '', /spaced holds no token/);
  assert.match(empty ?? '', /empty is empty/);
  assert.match(missing ?? '', /no such file/);
  assert.ok(found.every((problem) => !problem.includes('aaaa')));
});

test('nobody has to have a token: the clients that registered go on', async (t) => {
  assert.deepEqual(await problems(t, '{}'), []);
});
