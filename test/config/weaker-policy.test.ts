/** What counts as weaker, key by key. */

import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';

import { changedKeys } from '../../src/config/changed-keys.ts';
import { checkConfig } from '../../src/config/check.ts';
import { parseConfig } from '../../src/config/load.ts';
import { restartKeys } from '../../src/config/restart-keys.ts';
import type { ConfigState } from '../../src/config/restart-keys.ts';
import { weakerPolicies } from '../../src/config/weaker-policy.ts';
import { createAuthority, selfSigned } from '../support/pki.ts';

interface Folder {
  readState(changes: Parts): Promise<ConfigState>;
}

/** YAML put into the sections of one configuration. */
interface Parts {
  readonly anchors?: string;
  readonly listener?: string;
  readonly client?: string;
  readonly embedded?: string;
  readonly upstream?: string;
  readonly rest?: string;
}

async function createFolder(t: TestContext): Promise<Folder> {
  const folder = await mkdtemp(join(tmpdir(), 'certbound-weaker-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const authority = await createAuthority();
  const other = await createAuthority({ name: 'Other CA' });
  const server = await authority.issue({
    subject: 'CN=localhost',
    san: { dns: ['localhost'] },
    eku: ['serverAuth'],
  });
  const files = {
    'ca.pem': authority.certificatePem,
    'both.pem': authority.certificatePem + other.certificatePem,
    'server.pem': server.certificatePem,
    'server-key.pem': server.privateKeyPem,
    'client.pem': (await selfSigned()).certificatePem,
  };
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
  return {
    readState: async (parts) => {
      const loaded = parseConfig(textOf(parts), {
        file: 'config.yaml',
        baseDir: folder,
        env: {},
      });
      return { config: loaded.config, material: await checkConfig(loaded) };
    },
  };
}

function textOf({
  anchors = 'ca.pem',
  listener = '',
  client = '',
  embedded = '',
  upstream,
  rest = '',
}: Parts): string {
  const service =
    upstream === undefined
      ? `{embedded: {issuer: 'https://localhost:9443'${embedded}}}`
      : `{upstream: {url: 'http://127.0.0.1:1'${upstream}}}`;
  return `
listeners:
  - {address: '127.0.0.1:1', certificate: server.pem, private_key: server-key.pem, client_ca: [${anchors}]${listener}}
  - {name: other, address: '127.0.0.1:2', certificate: server.pem, private_key: server-key.pem, client_ca: [ca.pem]}
token_service: ${service}
clients:
  - {client_id: a, token_endpoint_auth_method: tls_client_auth, tls_client_auth_subject_dn: CN=a${client}}
${rest}`;
}

const PROTECTED = 'protected_paths: [{path: /api/*, source: store}]';
const NAMED = (mode: string): string =>
  `, client_certificate: off, server_names: [{names: [a.example]${mode}}]`;
const ADMIN = (thumbprint: string): string =>
  `admin_paths: [{path: /admin/*, listeners: [public], certificate_thumbprints: [${thumbprint.repeat(64)}], users: {'${thumbprint.repeat(64)}': ['*']}}]`;

/** What a step from the first to the second is called; the way back is no weakening unless it says so. */
const STEPS: readonly (readonly [weaker: readonly RegExp[], before: Parts, after: Parts])[] = [
  [
    [/listeners\.public\.client_certificate: require became want/],
    { listener: ', client_certificate: require' },
    {},
  ],
  [
    [/client_certificate: want became off/, /session_resumption: off became on/],
    {},
    { listener: ", client_certificate: 'off'" },
  ],
  [
    [/revocation: hard became soft/],
    { listener: ', revocation: hard' },
    { listener: ', revocation: soft' },
  ],
  [[/public\.revocation: soft became off/], { listener: ', revocation: soft' }, {}],
  [
    [/server_names\.a\.example\.client_certificate: require became off/],
    { listener: NAMED(', client_certificate: require') },
    { listener: NAMED('') },
  ],
  [
    [/server_names\.a\.example\.client_certificate: require became want/],
    { listener: ', server_names: [{names: [a.example], client_certificate: require}]' },
    {},
  ],
  [[/tls_min_version: TLSv1\.3 became TLSv1\.2/], { listener: ', tls_min_version: TLSv1.3' }, {}],
  [[/session_resumption: off became on/], {}, { listener: ', session_resumption: on' }],
  [[/client_ca: [0-9a-f]{16} was added/], {}, { anchors: 'both.pem' }],
  [
    [/clients\.a\.certificate_binding: required became if_present/],
    {},
    { client: ', certificate_binding: if_present' },
  ],
  [
    [/clients\.a\.certificate_binding: required became off/],
    {},
    { client: ', tls_client_certificate_bound_access_tokens: false' },
  ],
  [
    [/clients\.a\.trust_anchors: those of the listener/],
    { client: ', trust_anchors: [ca.pem]' },
    {},
  ],
  [
    [/clients\.a\.trust_anchors: [0-9a-f]{16} was added/],
    { client: ', trust_anchors: [ca.pem]' },
    { client: ', trust_anchors: [both.pem]' },
  ],
  [[/clients\.a\.spki_pins: on became off/], { client: `, spki_pins: ['${'ab'.repeat(32)}']` }, {}],
  [
    [/clients\.a\.grant_types: refresh_token was added/],
    {},
    { client: ', grant_types: [client_credentials, refresh_token]' },
  ],
  [[/introspection_callers: a was added/], {}, { embedded: ', introspection_callers: [a]' }],
  [
    [/certificate_rules\.ca_certificate: refuse became accept/],
    {},
    { rest: 'certificate_rules: {ca_certificate: accept}' },
  ],
  [
    [/certificate_rules\.clock_skew: 0 ms became 5000 ms/],
    {},
    { rest: 'certificate_rules: {clock_skew: 5s}' },
  ],
  [[/revocation\.ocsp: on became off/], { rest: 'revocation: {ocsp: true}' }, {}],
  [
    [/revocation\.crl_urls: http:\/\/crl\.example\/ was removed/],
    { rest: "revocation: {crl_urls: ['http://crl.example/']}" },
    {},
  ],
  [
    [/revocation\.allow_private_addresses: off became on/],
    {},
    { rest: 'revocation: {allow_private_addresses: true}' },
  ],
  [[/protected_paths: \/api\/\* was removed/], { upstream: '', rest: PROTECTED }, { upstream: '' }],
  [
    [/protected_paths\.\/api\/\*\.binding: required became if_bound/],
    { upstream: '', rest: PROTECTED },
    { upstream: '', rest: PROTECTED.replace('store', 'store, binding: if_bound') },
  ],
  [[/admin_paths: \/admin\/\* was removed/], { upstream: '', rest: ADMIN('a') }, { upstream: '' }],
  [
    [/routes\.\/x\.client_certificate: require became want/],
    { rest: 'routes: [{path: /x, client_certificate: require}]' },
    {},
  ],
];

test('every step towards less is told, and none of the way back', async (t) => {
  const folder = await createFolder(t);
  for (const [expected, before, after] of STEPS) {
    const [a, b] = [await folder.readState(before), await folder.readState(after)];
    const weaker = weakerPolicies(a, b);
    assert.equal(weaker.length, expected.length, JSON.stringify({ before, after, weaker }));
    expected.forEach((pattern, index) => assert.match(weaker[index] ?? '', pattern));
    assert.deepEqual(weakerPolicies(b, a), [], JSON.stringify({ before, after }));
    assert.deepEqual(weakerPolicies(a, a), []);
  }
});

test('one guard in the place of another is told as what it lets pass', async (t) => {
  const folder = await createFolder(t);
  const [a, b] = [
    await folder.readState({ upstream: '', rest: ADMIN('a') }),
    await folder.readState({ upstream: '', rest: ADMIN('b') }),
  ];
  assert.match(
    weakerPolicies(a, b).join(),
    /admin_paths\.\/admin\/\*\.certificate_thumbprints: b+ was added/,
  );
});

test('changed keys are named without a value', async (t) => {
  const folder = await createFolder(t);
  const [a, b] = [
    await folder.readState({ rest: 'shutdown: {drain_timeout: 1s}' }),
    await folder.readState({
      listener: ', client_certificate: require',
      client: ', spki_pins: [' + 'ab'.repeat(32) + ']',
    }),
  ];
  assert.deepEqual(changedKeys(a, b), [
    'listeners.public.client_certificate',
    'clients.a.spki_pins',
    'shutdown.drain_timeout',
  ]);
  assert.deepEqual(changedKeys(a, a), []);
});

test('a listener of another name at the same address needs a restart', async (t) => {
  const folder = await createFolder(t);
  const [a, b] = [
    await folder.readState({}),
    await folder.readState({ listener: ', name: third' }),
  ];
  assert.deepEqual(restartKeys(a, b), [['listeners', 0, 'name']]);
  assert.deepEqual(restartKeys(a, a), []);
});
