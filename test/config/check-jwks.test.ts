import assert from 'node:assert/strict';
import { test } from 'node:test';

import { createAuthority } from '../support/pki.ts';
import { configurationFolder, EMBEDDED, LISTENER } from './configuration-folder.ts';

const CONFIG = LISTENER + EMBEDDED;

test('returns the CAs of the servers of key sets; none means the public roots', async (t) => {
  const folder = await configurationFolder(t);
  const other = await createAuthority({ name: 'Other CA' });
  await folder.write('other.pem', folder.authority.certificatePem + other.certificatePem);
  assert.deepEqual((await folder.check(CONFIG)).jwksCaPems, []);
  const { jwksCaPems } = await folder.check(`${CONFIG}jwks: {ca: [other.pem]}\n`);
  assert.deepEqual(jwksCaPems, [folder.authority.certificatePem, other.certificatePem]);
});

test('T16: names the line of a CA file that is missing or bad', async (t) => {
  const folder = await configurationFolder(t);
  await folder.write('bad.pem', folder.authority.certificatePem.slice(0, 200));
  const problems = await folder.problemsOf(`${CONFIG}jwks:
  ca:
    - ca.pem
    - bad.pem
    - none.pem
`);
  assert.equal(problems.length, 2);
  assert.match(problems[0] ?? '', /^config\.yaml:10:7 jwks\.ca\[1\]: bad\.pem: .*cut short/);
  assert.match(problems[1] ?? '', /^config\.yaml:11:7 jwks\.ca\[2\]: no such file none\.pem$/);
});

test('a key set is not given up before it is renewed', async (t) => {
  const folder = await configurationFolder(t);
  const ages = (text: string) => folder.problemsOf(`${CONFIG}jwks: {${text}}\n`);
  assert.deepEqual(await ages('max_age: 1h, max_stale: 1h'), []);
  assert.deepEqual(await ages('max_age: 2h, max_stale: 1h'), [
    'config.yaml:7:21 jwks.max_stale: must be at least max_age',
  ]);
});
