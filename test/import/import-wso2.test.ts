import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';

import { parseConfig } from '../../src/config/load.ts';
import { importWso2 } from '../../src/import/import-wso2.ts';
import type { Imported, InputFile } from '../../src/import/import-wso2.ts';

const FIXTURES = join(import.meta.dirname, 'fixtures');

/** The name of the expected output, and the files that it is made from. */
const CASES: readonly (readonly [
  name: string,
  deployment?: string | undefined,
  authenticators?: string,
])[] = [
  ['certificate', 'certificate.toml'],
  ['secret', 'secret.toml'],
  ['binding', 'binding.toml'],
  ['admin', 'admin.toml'],
  ['authenticators', undefined, 'authenticators.xml'],
  ['allow-list', undefined, 'allow-list.xml'],
  ['whole', 'whole.toml', 'authenticators.xml'],
  ['differ', 'certificate.toml', 'authenticators.xml'],
];

for (const [name, deployment, authenticators] of CASES) {
  const imported = async () =>
    importWso2({
      deployment: await inputFile(deployment),
      authenticators: await inputFile(authenticators),
    });

  test(`prints the configuration of ${name}.yaml`, async () => {
    const { yaml } = await imported();
    assert.equal(yaml, await readFile(join(FIXTURES, `${name}.yaml`), 'utf8'));
  });

  test(`prints for ${name} what loads, as it is and with its clients`, async () => {
    const { yaml } = await imported();
    const { config } = load(yaml);
    assert.deepEqual(config.clients, []);
    const ids = load(withClients(yaml)).config.clients.map(({ client_id: id }) => id);
    assert.ok(ids.includes('RESOURCE_SERVER'));
    assert.equal(new Set(ids).size, ids.length);
  });

  test(`tells each note of ${name} in the configuration, and no password anywhere`, async () => {
    const { yaml, notes } = await imported();
    const words = yaml.replaceAll(/\n#? */g, ' ');
    for (const { file, line, code, text } of notes) {
      assert.ok(words.includes(`${file}:${line} [${code}] ${text}`), `${code} is not there`);
    }
    assert.doesNotMatch(JSON.stringify({ yaml, notes }), /hunter2/);
  });
}

test('what is carried over has the values of the files', async () => {
  const { config } = load((await whole()).yaml);
  const [listener] = config.listeners;
  assert.equal(listener?.address.port, 9444);
  assert.equal(listener?.client_certificate, 'want');
  assert.ok('upstream' in config.token_service);
  const { url, kind, certificate_headers: headers } = config.token_service.upstream;
  assert.equal(url, 'https://is.bank.example:9445');
  assert.equal(kind, 'gateway');
  assert.partialDeepStrictEqual(headers, [
    { format: 'one_line_pem', names: { leaf: 'x-wso2-mtls-cert' } },
  ]);
});

test('the load balancer loads once it is no comment any more', async () => {
  const { yaml } = await whole();
  const lines = yaml.split('\n');
  const start = lines.indexOf('    # from_load_balancer:');
  const text = lines.map((line, index) =>
    index >= start && index < start + 4 ? line.replace('# ', '') : line,
  );
  const { config } = load(text.join('\n'));
  assert.partialDeepStrictEqual(config.listeners[0]?.from_load_balancer, {
    format: 'one_line_pem',
    name: 'x-wso2-mtls-cert',
    peers: [{ address: '192.0.2.10' }],
  });
});

test('the admin paths load once they are no comment any more', async () => {
  const { yaml } = importWso2({ deployment: await inputFile('admin.toml') });
  const start = yaml.indexOf('# admin_paths:');
  const block = yaml.slice(start).replaceAll(/^# ?/gm, '');
  const { config } = load(yaml.slice(0, start) + block);
  assert.partialDeepStrictEqual(config.admin_paths, [
    { path: '/services/*', listeners: ['admin'], user_header: 'X-Admin', user_encoding: 'base64' },
  ]);
});

test('what a file holds ends no comment and replaces no reference', () => {
  const text = [
    '[server]',
    'hostname = "a\\nlisteners: []"',
    '[truststore]',
    'file_name = "${HOME}/${HOME}"',
    '[keystore.tls]',
    `alias = "x'; rm -rf / \\u2028\\n"`,
    '[oauth.mutualtls]',
    'client_certificate_header = "x\\ninjected: true"',
    '["a\\nb: c"]',
    'key = 1',
  ].join('\n');
  const { yaml, notes } = importWso2({ deployment: { name: 'a\nb: c', text } });
  const { config } = load(yaml);
  assert.equal(config.listeners[0]?.client_ca[0], '/wso2/client-truststore.jks');
  assert.doesNotMatch(yaml, /^(?:injected|b|listeners: \[)/m);
  assert.match(yaml, /-srcalias wso2carbon -destkeystore/);
  for (const note of notes) assert.doesNotMatch(note.text, /\n/);
});

async function whole(): Promise<Imported> {
  return importWso2({ deployment: await inputFile('whole.toml') });
}

async function inputFile(name: string | undefined): Promise<InputFile | undefined> {
  if (name === undefined) return undefined;
  return { name, text: await readFile(join(FIXTURES, name), 'utf8') };
}

function load(yaml: string) {
  return parseConfig(yaml, { file: 'config.yaml', baseDir: '/', env: {} });
}

/** Takes the `# ` from the lines of the block that begins with `# clients:`. */
function withClients(yaml: string): string {
  const [before = '', block = ''] = yaml.split(/^(?=# clients:)/m);
  const end = /\n\n|$/.exec(block)?.index ?? 0;
  return before + block.slice(0, end).replaceAll(/^# /gm, '');
}
