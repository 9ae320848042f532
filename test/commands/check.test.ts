import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';

import { createAuthority } from '../support/pki.ts';
import { DEMO_CONFIG, folderWith, runCertbound } from './run-certbound.ts';

const CONFIG = DEMO_CONFIG.slice(0, DEMO_CONFIG.indexOf('clients:'))
  .replaceAll('pki/', '')
  .replace(', introspection_callers: [admin]', '');

/** The certificates of these tests live for a day. */
const CHECK = ['check', '--expires-within', '0'];

async function soundFiles(): Promise<Record<string, string>> {
  const authority = await createAuthority();
  const server = await authority.issue({ subject: 'CN=localhost' });
  return {
    'ca.pem': authority.certificatePem,
    'server.pem': server.certificatePem,
    'server-key.pem': server.privateKeyPem,
    'config.yaml': CONFIG,
  };
}

test('says that a sound configuration is valid, and names every CA', async (t) => {
  const folder = await folderWith(t, await soundFiles());
  const { code, stdout, stderr } = await runCertbound(CHECK, { folder });
  assert.deepEqual([code, stderr], [0, '']);
  const [verdict, listener, anchor, ...rest] = stdout.split('\n');
  assert.equal(verdict, 'config.yaml is valid');
  assert.equal(listener, 'listener public  client_ca: 1 certificate');
  assert.match(String(anchor), /^ {2}CN=Test CA,O=Test {2}until \S+Z {2}\S{43}$/);
  assert.deepEqual(rest, ['']);
});

test('takes the configuration from --config, else from CERTBOUND_CONFIG', async (t) => {
  const folder = await folderWith(t, { ...(await soundFiles()), 'a.yaml': CONFIG, 'b.yaml': '' });
  const env = { CERTBOUND_CONFIG: 'a.yaml' };
  const [fromEnv, fromOption] = await Promise.all([
    runCertbound(['check'], { folder, env }),
    runCertbound(['check', '-c', 'b.yaml'], { folder, env }),
  ]);
  assert.match(fromEnv.stdout, /^a\.yaml is valid\n/);
  assert.deepEqual(fromOption, { code: 78, stdout: '', stderr: 'b.yaml:1:1 is empty\n' });
});

for (const command of ['check', 'start']) {
  test(`${command} prints every problem of a file and exits with 78`, async (t) => {
    const folder = await folderWith(t, { 'config.yaml': 'listeners: []\nlogs: {}\n' });
    assert.deepEqual(await runCertbound([command], { folder }), {
      code: 78,
      stdout: '',
      stderr: `config.yaml:1:1 listeners: must have 1 or more entries
config.yaml:1:1 token_service: is required
config.yaml:2:1 logs: unknown key, did you mean "log"?
`,
    });
  });

  test(`T16: ${command} names a half-written key and exits with 78`, async (t) => {
    const files = await soundFiles();
    const folder = await folderWith(t, {
      ...files,
      'server-key.pem': String(files['server-key.pem']).slice(0, 99),
    });
    const { code, stderr } = await runCertbound([command], { folder });
    assert.equal(code, 78);
    assert.match(stderr, /^config\.yaml:4:5 listeners\[0\]\.private_key: server-key\.pem holds no/);
  });

  test(`${command} without a configuration names the command that takes one`, async (t) => {
    const folder = await folderWith(t, {});
    const [here, inImage] = await Promise.all([
      runCertbound([command], { folder }),
      runCertbound([command], {
        folder,
        env: { CERTBOUND_IMAGE: '1', CERTBOUND_CONFIG: '/etc/certbound/none.yaml' },
      }),
    ]);
    assert.equal(here.code, 78);
    assert.match(here.stderr, /^config\.yaml no such file; .*npx certbound start --config FILE\n$/);
    assert.equal(inImage.code, 78);
    assert.match(
      inImage.stderr,
      /^\/etc\/certbound\/none\.yaml no such file; .*docker run -v \.\/config\.yaml:\/etc\/certbound\/config\.yaml:ro /,
    );
  });
}

test('check tells how to make demo files that are missing', async (t) => {
  const folder = await folderWith(t, { 'config.yaml': DEMO_CONFIG });
  const { code, stderr } = await runCertbound(['check'], { folder });
  assert.equal(code, 78);
  assert.match(stderr, /npx certbound certs\n/);
  assert.match(stderr, /no such file pki\/server\.pem\n/);
});

test('start names an address that is in use and exits with 1', async (t) => {
  const taken = createServer().listen(0, '127.0.0.1');
  t.after(() => taken.close());
  await once(taken, 'listening');
  const { port } = taken.address() as AddressInfo;
  const files = await soundFiles();
  const folder = await folderWith(t, {
    ...files,
    'config.yaml': CONFIG.replace('127.0.0.1:0', `127.0.0.1:${port}`),
  });
  const { code, stderr } = await runCertbound(['start'], { folder });
  assert.equal(code, 1);
  assert.match(stderr, new RegExp(`^certbound: 127\\.0\\.0\\.1:${port} is in use`));
});

test('names the limits for each address and client, and that each process counts on its own', async (t) => {
  const files = await soundFiles();
  const folder = await folderWith(t, {
    ...files,
    'config.yaml': `${files['config.yaml'] ?? ''}
rate_limits:
  per_address: [{rate: 600/m, burst: 50}]
  per_client: [{paths: [/oauth2/token, /oauth2/introspect], rate: 20/s}]
`,
  });
  const { code, stdout } = await runCertbound(['check'], { folder });
  assert.equal(code, 0);
  assert.deepEqual(stdout.slice(stdout.indexOf('limits per gateway')).split('\n'), [
    'limits per gateway: each counts on its own, so several let through more',
    '  /*  600 requests in 60 s, 50 at once, for each address',
    '  /oauth2/token, /oauth2/introspect  20 requests in 1 s, 20 at once, for each client',
    '',
  ]);
});

test('names who passes guarded paths, and warns of SHA-1', async (t) => {
  const files = await soundFiles();
  const { 'config.yaml': text = '' } = files;
  const start = text.indexOf('token_service:');
  const upstream = text
    .slice(start)
    .replace(
      /^token_service:(?:.*)\n(?: .*\n)*/,
      "token_service: {upstream: {url: 'http://127.0.0.1:9'}}\n",
    );
  const sha1 = 'AB:CD'.padEnd(59, ':00');
  const folder = await folderWith(t, {
    ...files,
    'config.yaml': `${text.slice(0, start)}${upstream}
protected_paths: [{path: /api/*, binding: if_bound}]
admin_paths:
  - path: /services/*
    listeners: [public]
    allow_sha1: true
    certificate_thumbprints: ['${sha1}']
    trusted_issuers: ['/O=Test/CN=Test CA']
    users: {'${sha1}': [admin, robot], 'CN=Test CA,O=Test': ['*']}
`,
  });
  const { code, stdout, stderr } = await runCertbound(CHECK, { folder });
  assert.deepEqual([code, stderr], [0, '']);
  const lines = stdout.slice(stdout.indexOf('protected ')).split('\n');
  const thumbprint = Buffer.from(sha1.replaceAll(':', ''), 'hex').toString('base64url');
  assert.deepEqual(lines, [
    'protected /api/*  binding if_bound, source store',
    'admin /services/*  on public',
    `  certificate SHA-1 ${thumbprint}`,
    '  issuer CN=Test CA,O=Test',
    `  users of certificate SHA-1 ${thumbprint}: admin, robot`,
    '  users of issuer CN=Test CA,O=Test: every user',
    '  warning: SHA-1 thumbprints vouch for users; replace them by SHA-256',
    '',
  ]);
});
