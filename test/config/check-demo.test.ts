import assert from 'node:assert/strict';
import { test } from 'node:test';

import { isLoopback } from '../../src/config/check-demo.ts';
import { selfSigned } from '../support/pki.ts';
import { configurationFolder, EMBEDDED, LISTENER } from './configuration-folder.ts';

const EXPOSED = LISTENER.replace('127.0.0.1', '0.0.0.0') + EMBEDDED;

const REFUSAL =
  'config.yaml:2:5 listeners[0].address: ' +
  'demo material serves loopback addresses only, and this configuration has';

const demoMaterial: readonly (readonly [title: string, yaml: string])[] = [
  ['a demo section', 'demo: {certificates: demo}'],
  [
    'a demo secret at client "a"',
    'clients: [{client_id: a, token_endpoint_auth_method: client_secret_basic, client_secret: admin}]',
  ],
  [
    'a demo secret at client "b"',
    'clients: [{client_id: b, token_endpoint_auth_method: client_secret_post, client_secret_file: s}]',
  ],
  [
    'a demo certificate at client "c"',
    'clients: [{client_id: c, token_endpoint_auth_method: self_signed_tls_client_auth, certificates: [demo.pem]}]',
  ],
];

for (const [title, yaml] of demoMaterial) {
  test(`refuses ${title} on an address that is not loopback`, async (t) => {
    const folder = await configurationFolder(t);
    const demo = await selfSigned({ subject: 'CN=client,O=certbound demo' });
    await folder.write('demo.pem', demo.certificatePem);
    await folder.write('s', 'admin\n');
    assert.deepEqual(await folder.problemsOf(`${EXPOSED}${yaml}\n`), [`${REFUSAL} ${title}`]);
    assert.deepEqual(await folder.problemsOf(`${LISTENER}${EMBEDDED}${yaml}\n`), []);
  });
}

test('refuses a demo server certificate on an address that is not loopback', async (t) => {
  const folder = await configurationFolder(t);
  const demo = await selfSigned({ subject: 'CN=localhost,O=certbound demo' });
  await folder.write('server.pem', demo.certificatePem);
  await folder.write('server-key.pem', demo.privateKeyPem);
  assert.deepEqual(await folder.problemsOf(EXPOSED), [
    `${REFUSAL} a demo certificate at listener "public"`,
  ]);
});

test('refuses a demo CA on an address that is not loopback', async (t) => {
  const folder = await configurationFolder(t);
  const demo = await selfSigned({ subject: 'CN=CA,O=certbound demo', ca: true });
  await folder.write('ca.pem', folder.authority.certificatePem + demo.certificatePem);
  assert.deepEqual(await folder.problemsOf(EXPOSED), [
    `${REFUSAL} a demo certificate at listener "public"`,
  ]);
});

test('serves demo material on any address where that is asked for by name', async (t) => {
  const folder = await configurationFolder(t);
  const demo = 'demo: {certificates: demo, allow_any_address: true}\n';
  assert.deepEqual(await folder.problemsOf(EXPOSED + demo), []);
});

for (const host of ['127.0.0.1', '127.9.8.7', '::1', '0:0:0:0:0:0:0:1', 'localhost', 'LOCALHOST']) {
  test(`knows ${host} as loopback`, () => {
    assert.equal(isLoopback(host), true);
  });
}

for (const host of ['0.0.0.0', '::', '10.0.0.1', '127.1', 'localhost.example', '128.0.0.1', '']) {
  test(`does not take ${host === '' ? 'an empty host' : host} for loopback`, () => {
    assert.equal(isLoopback(host), false);
  });
}
