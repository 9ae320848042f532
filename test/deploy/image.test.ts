import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';

import { parseConfig } from '../../src/config/load.ts';

const project = new URL('../../', import.meta.url);
const read = (path: string) => readFile(new URL(path, project), 'utf8');

const CONFIG_FILE = '/etc/certbound/config.yaml';

const dockerfile = await read('Dockerfile');
/** Each instruction on one line, without comments. */
const instructions = dockerfile
  .replaceAll(/^#.*\n/gm, '')
  .replaceAll(/\\\n/g, '')
  .split('\n')
  .filter((line) => line !== '');
const [buildStage, finalStage] = stages(instructions);

function stages(lines: readonly string[]): readonly (readonly string[])[] {
  const starts = lines.flatMap((line, index) => (line.startsWith('FROM ') ? [index] : []));
  return starts.map((start, index) => lines.slice(start, starts[index + 1]));
}

const wordsOf = (line: string) => line.split(/\s+/).slice(1);
const only = (stage: readonly string[] | undefined, name: string) =>
  (stage ?? []).filter((line) => line.startsWith(`${name} `));

test('the configuration for the image loads and writes on the volume only', async () => {
  const text = await read('deploy/docker/config.yaml');
  const { config } = parseConfig(text, {
    file: CONFIG_FILE,
    baseDir: '/etc/certbound',
    env: {},
  });
  const [listener] = config.listeners;
  assert.deepEqual(listener?.address, { host: '0.0.0.0', port: 9443 });
  assert.equal(listener.private_key, '/etc/certbound/certs/server-key.pem');
  assert.equal(config.store.path, '/data/certbound.sqlite');
  assert.equal(config.demo, undefined);
});

test('the image has the paths, the ports and the user that the texts speak of', () => {
  assert.match(dockerfile, new RegExp(`\\bCERTBOUND_CONFIG=${CONFIG_FILE}$`, 'm'));
  assert.match(dockerfile, /\bCERTBOUND_IMAGE=1\b/);
  assert.match(dockerfile, /^VOLUME \/data$/m);
  assert.match(dockerfile, /^EXPOSE 9443 9464$/m);
  assert.match(dockerfile, /^USER 10001:10001$/m);
  assert.match(dockerfile, /^STOPSIGNAL SIGTERM$/m);
  assert.deepEqual(only(finalStage, 'ENTRYPOINT'), ['ENTRYPOINT ["node", "/app/src/main.ts"]']);
  assert.match(
    dockerfile,
    /^HEALTHCHECK .*\\\n {2}CMD \["node", "\/app\/src\/main\.ts", "health"\]$/m,
  );
});

test('the last stage runs nothing, so that a base without a shell does', () => {
  assert.deepEqual(only(finalStage, 'RUN'), []);
  assert.equal(finalStage?.[0], 'FROM ${BASE_IMAGE}');
});

test('what the image takes from the folder is there and not held back', async () => {
  const ignore = (await read('.dockerignore')).split('\n');
  const sources = only(buildStage, 'COPY').flatMap((line) => wordsOf(line).slice(0, -1));
  assert.deepEqual(sources, ['package.json', 'package-lock.json', 'LICENSE', 'bin', 'src']);
  for (const source of sources) {
    assert.ok(existsSync(new URL(source, project)), `${source} is missing`);
    assert.ok(ignore.includes(`!${source}`), `.dockerignore holds back ${source}`);
  }
});

test('what the last stage takes from the first one is made there', () => {
  const made = (buildStage ?? []).join('\n');
  const copies = only(finalStage, 'COPY').map((line) =>
    wordsOf(line).filter((word) => !word.startsWith('--')),
  );
  assert.deepEqual(
    copies.map(([source]) => source),
    ['/runtime/bin/node', '/runtime/lib/', '/app', '/etc/certbound', '/data'],
  );
  for (const [source = ''] of copies) assert.ok(made.includes(source.replace(/\/$/, '')), source);
});

test('no key and no database can get into the image', async () => {
  const lines = (await read('.dockerignore')).split('\n').filter((line) => /^[^#]/.test(line));
  assert.deepEqual(lines, ['*', '!package.json', '!package-lock.json', '!LICENSE', '!bin', '!src']);
});
