import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';

import { demoConfigText } from '../../src/commands/demo-config.ts';
import { configJsonSchema } from '../../src/config/json-schema.ts';
import type { JsonSchema } from '../../src/config/json-schema.ts';
import { parseConfig } from '../../src/config/load.ts';
import type { Config } from '../../src/config/schema.ts';
import { withRegions } from '../support/certificate-header-docs.ts';
import { generatedDocs } from '../support/configuration-docs.ts';
import { formatResults } from '../support/format-results.ts';

const project = new URL('../../', import.meta.url);
const read = (path: string) => readFile(new URL(path, project), 'utf8');
const parse = (text: string) =>
  parseConfig(text, { file: 'config.yaml', baseDir: '/', env: {} }).config;

for (const [path, expected] of Object.entries(generatedDocs())) {
  test(`${path} is what "npm run docs" makes of the schema`, async () => {
    assert.equal(await read(path), expected);
  });
}

test('the tables of docs/certificate-headers.md are what "npm run docs" makes of code and results', async () => {
  const page = await read('docs/certificate-headers.md');
  assert.equal(withRegions(page, await formatResults()), page);
});

test('every key of the schema has a description', () => {
  const undescribed: string[] = [];
  const walk = (schema: JsonSchema, above: string) => {
    for (const branch of [...(schema.anyOf ?? []), ...(schema.oneOf ?? [])]) walk(branch, above);
    if (schema.items !== undefined) walk(schema.items, `${above}[]`);
    for (const [key, value] of Object.entries(schema.properties ?? {})) {
      if (value.description === undefined) undescribed.push(`${above}.${key}`);
      walk(value, `${above}.${key}`);
    }
  };
  walk(configJsonSchema(), '');
  assert.deepEqual(undescribed, []);
});

test('config.yaml loads, so that it has known keys only', async () => {
  const text = await read('config.yaml');
  assert.match(text, /^# yaml-language-server: \$schema=\.\/docs\/config\.schema\.json\n/);
  const config = parse(text);
  assert.ok('embedded' in config.token_service);
  assert.equal(config.token_service.embedded.issuer, 'https://localhost:9443');
});

function embeddedIn({ token_service: service }: Config, inDemo: (path: string) => string) {
  assert.ok('embedded' in service);
  const { users_file: usersFile = '' } = service.embedded;
  return { embedded: { ...service.embedded, users_file: inDemo(usersFile) } };
}

test('the demo of the image is config.yaml on any address with secrets of its own', async () => {
  const expected = parse(await read('config.yaml'));
  const demo = parse(demoConfigText({ adminSecret: 'new 1', clientSecret: 'new 2' }));
  const inDemo = (path: string) => path.replace('/certs/demo', '/demo');

  assert.deepEqual(demo, {
    ...expected,
    listeners: expected.listeners.map((listener) => ({
      ...listener,
      address: { host: '0.0.0.0', port: 9443 },
      certificate: inDemo(listener.certificate),
      private_key: inDemo(listener.private_key),
      client_ca: listener.client_ca.map(inDemo),
    })),
    token_service: embeddedIn(expected, inDemo),
    clients: expected.clients.map((client) => ({
      ...client,
      certificates: client.certificates.map(inDemo),
      ...(client.client_secret !== undefined && {
        client_secret: client.client_id === 'admin' ? 'new 1' : 'new 2',
      }),
    })),
    store: { ...expected.store, path: '/certbound.sqlite' },
    demo: { certificates: '/demo', allow_any_address: true },
  });
});
