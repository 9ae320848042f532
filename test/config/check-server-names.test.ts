import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';

import { configurationFolder, EMBEDDED, LISTENER } from './configuration-folder.ts';

function listener(...lines: readonly string[]): string {
  return `${LISTENER}${lines.map((line) => `    ${line}\n`).join('')}${EMBEDDED}`;
}

test('returns the certificate of each entry, that of the listener where it has none', async (t) => {
  const folder = await configurationFolder(t);
  const own = await folder.authority.issue({ subject: 'CN=api' });
  await folder.write('api.pem', own.certificatePem);
  await folder.write('api-key.pem', own.privateKeyPem);
  const { listeners } = await folder.check(
    listener(
      'server_names:',
      '  - {names: [api.example], certificate: api.pem, private_key: api-key.pem}',
      "  - {names: ['*.login.example'], client_certificate: off}",
    ),
  );
  assert.deepEqual(listeners[0]?.serverNames, [
    { certificatePem: own.certificatePem, privateKeyPem: own.privateKeyPem },
    {
      certificatePem: folder.server.certificatePem,
      privateKeyPem: folder.server.privateKeyPem,
    },
  ]);
});

test('refuses a name that is there twice, in any letter case', async (t) => {
  const folder = await configurationFolder(t);
  const text = listener(
    'server_names:',
    '  - names: [a.example, b.example]',
    '  - names: [B.Example]',
  );
  assert.deepEqual(await folder.problemsOf(text), [
    'config.yaml:8:17 listeners[0].server_names[1].names[0]: "B.Example" is there twice',
  ]);
});

test('refuses half a pair and reports the files of every entry', async (t) => {
  const folder = await configurationFolder(t);
  const text = listener(
    'server_names:',
    '  - {names: [a], certificate: server.pem}',
    '  - {names: [b], private_key: server-key.pem}',
    '  - {names: [c], certificate: no.pem, private_key: ca.pem}',
    '  - {names: [d], certificate: client.pem, private_key: server-key.pem}',
  );
  const problems = await folder.problemsOf(text);
  const expected = [
    /server_names\[0\](\.private_key)?: certificate and private_key belong together/,
    /server_names\[1\](\.certificate)?: certificate and private_key belong together/,
    /server_names\[2\]\.certificate: no such file no\.pem$/,
    /server_names\[2\]\.private_key: ca\.pem holds no readable private key/,
    /server_names\[3\]\.private_key: server-key\.pem is not the key of client\.pem$/,
  ];
  assert.equal(problems.length, expected.length, problems.join('\n'));
  expected.forEach((pattern, index) => assert.match(problems[index] ?? '', pattern));
});

test('takes host names and wildcards of one label, nothing else', async (t) => {
  const folder = await configurationFolder(t);
  const names = [
    '*',
    '*.*.a',
    'a.*',
    'a..b',
    '.a',
    'a.',
    'a:1',
    'https://a',
    'é.example',
    '-a',
    '',
  ];
  for (const name of names) {
    const text = listener('server_names:', `  - names: ['${name}']`);
    await assert.rejects(async () => folder.check(text), /server_names\[0\]\.names\[0\]: /, name);
  }
  for (const name of ['a', 'A.example', '*.example', 'x_1.example', 'xn--a.b', '1.2.3']) {
    await folder.check(listener('server_names:', `  - names: ['${name}']`));
  }
});

test('reads the key of the tickets, and refuses one that is short, missing or without effect', async (t) => {
  const folder = await configurationFolder(t);
  const secret = randomBytes(48);
  await folder.write('tickets.key', secret);
  await folder.write('short.key', secret.subarray(1));
  const on = 'session_resumption: on';
  const { listeners } = await folder.check(listener(on, 'session_ticket_key: tickets.key'));
  assert.deepEqual(Buffer.from(listeners[0]?.ticketSecret ?? []), secret);
  for (const [lines, expected] of [
    [[on, 'session_ticket_key: short.key'], /short\.key holds 47 octets, expected 48 or more$/],
    [[on, 'session_ticket_key: no.key'], /session_ticket_key: no such file no\.key$/],
    [['session_ticket_key: tickets.key'], /has no effect, as no session is resumed/],
  ] as const) {
    const [problem = '', ...others] = await folder.problemsOf(listener(...lines));
    assert.match(problem, expected);
    assert.deepEqual(others, []);
  }
  const mild = listener(
    'session_ticket_key: tickets.key',
    'server_names: [{names: [a], client_certificate: off}]',
  );
  assert.ok((await folder.check(mild)).listeners[0]?.ticketSecret);
});

test('clients with certificates may be known where only some server names ask for one', async (t) => {
  const folder = await configurationFolder(t);
  const client = `clients:
  - client_id: a
    token_endpoint_auth_method: self_signed_tls_client_auth
    certificates: [client.pem]
`;
  const off = 'client_certificate: off';
  const asking = 'server_names: [{names: [api], client_certificate: require}]';
  assert.match(String(await folder.problemsOf(listener(off) + client)), /listener/);
  assert.deepEqual(await folder.problemsOf(listener(off, asking) + client), []);
});
