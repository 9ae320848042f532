import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';

import { parseConfig } from '../../src/config/load.ts';

const project = new URL('../../', import.meta.url);
const read = (path: string) => readFile(new URL(path, project), 'utf8');

const CONFIG_FILE = '/etc/certbound/config.yaml';

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

test('the image has the paths, the ports and the user that the texts speak of', async () => {
  const dockerfile = await read('Dockerfile');
  assert.match(dockerfile, new RegExp(`\\bCERTBOUND_CONFIG=${CONFIG_FILE}$`, 'm'));
  assert.match(dockerfile, /\bCERTBOUND_IMAGE=1\b/);
  assert.match(dockerfile, /^VOLUME \/data$/m);
  assert.match(dockerfile, /^EXPOSE 9443 9464$/m);
  assert.match(dockerfile, /^USER 10001:10001$/m);
});

test('no key and no database can get into the image', async () => {
  const lines = (await read('.dockerignore')).split('\n').filter((line) => /^[^#]/.test(line));
  assert.deepEqual(lines, ['*', '!package.json', '!package-lock.json', '!LICENSE', '!bin', '!src']);
});
