import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';

import { folderWith, runCertbound } from './run-certbound.ts';

const FIXTURES = join(import.meta.dirname, '../import/fixtures');
const fixture = (name: string) => readFile(join(FIXTURES, name), 'utf8');

test('prints a configuration, and beside it what to know about each line', async () => {
  const { code, stdout, stderr } = await runCertbound(
    ['import', 'authenticators.xml', 'whole.toml'],
    { folder: FIXTURES },
  );
  assert.equal(code, 0);
  assert.equal(stdout, await fixture('whole.yaml'));
  const lines = stderr.trimEnd().split('\n');
  for (const line of lines) {
    assert.match(line, /^(?:whole\.toml|authenticators\.xml):\d+ \[[a-z0-9_]+\] \S/);
  }
  assert.ok(lines.some((line) => line.startsWith('authenticators.xml:11 [admin_any_user] ')));
});

test('prints one object with --json', async () => {
  const { code, stdout, stderr } = await runCertbound(['import', '--json', 'secret.toml'], {
    folder: FIXTURES,
  });
  assert.deepEqual([code, stderr], [0, '']);
  const { yaml, notes, ...others } = JSON.parse(stdout) as {
    readonly yaml: string;
    readonly notes: readonly Readonly<Record<string, unknown>>[];
  };
  assert.deepEqual(others, {});
  assert.equal(yaml, await fixture('secret.yaml'));
  const mandate = notes.find((note) => note['code'] === 'mandate_mutual_ssl_meaning');
  assert.deepEqual(Object.keys(mandate ?? {}).toSorted(), ['code', 'file', 'line', 'text']);
  assert.deepEqual([mandate?.['file'], mandate?.['line']], ['secret.toml', 7]);
});

test('what it prints is only waiting for the files it names', async (t) => {
  const { stdout } = await runCertbound(['import', 'whole.toml'], { folder: FIXTURES });
  const folder = await folderWith(t, { 'config.yaml': stdout });
  const { code, stderr } = await runCertbound(['check'], { folder });
  assert.equal(code, 78);
  const lines = stderr.trimEnd().split('\n');
  assert.ok(lines.length > 0);
  for (const line of lines) assert.match(line, / no such file wso2\/\S+$/);
});

test('names the place of what is malformed, and exits with 78', async (t) => {
  const folder = await folderWith(t, {
    'deployment.toml': '[server]\noffset = \n',
    'authenticators.xml': '<!DOCTYPE a>\n<Authenticators/>',
    'catalina-server.xml': '<Server/>',
  });
  const [toml, xml, other] = await Promise.all(
    ['deployment.toml', 'authenticators.xml', 'catalina-server.xml'].map((file) =>
      runCertbound(['import', file], { folder }),
    ),
  );
  assert.deepEqual([toml?.code, xml?.code, other?.code], [78, 78, 78]);
  assert.match(toml?.stderr ?? '', /^deployment\.toml:2:\d+ not valid TOML: .*\n$/);
  assert.match(xml?.stderr ?? '', /^authenticators\.xml:1:\d+ has a document type.*\n$/);
  assert.match(other?.stderr ?? '', /^catalina-server\.xml:1:1 expected <Authenticators>/);
  assert.deepEqual([toml?.stdout, xml?.stdout, other?.stdout], ['', '', '']);
});

test('reads no more than a configuration has, and only what is there', async (t) => {
  const folder = await folderWith(t, { 'huge.toml': '#'.repeat(1024 * 1024 + 1) });
  const [huge, missing] = await Promise.all([
    runCertbound(['import', 'huge.toml'], { folder }),
    runCertbound(['import', 'deployment.toml'], { folder }),
  ]);
  assert.equal(huge.code, 1);
  assert.equal(huge.stderr, 'certbound: huge.toml is larger than 1048576 bytes\n');
  assert.equal(missing.code, 1);
  assert.equal(missing.stderr, 'certbound: no such file deployment.toml\n');
});

test('expects one file of each kind', async () => {
  const [none, two] = await Promise.all([
    runCertbound(['import'], { folder: FIXTURES }),
    runCertbound(['import', 'secret.toml', 'whole.toml'], { folder: FIXTURES }),
  ]);
  assert.equal(none.code, 2);
  assert.match(none.stderr, /^certbound: expected a FILE of WSO2 Identity Server\n/);
  assert.equal(two.code, 2);
  assert.match(two.stderr, /^certbound: expected one deployment\.toml and one authenticators\.xml/);
});
