import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TestContext } from 'node:test';

import { configurationFolder, EMBEDDED, LISTENER } from './configuration-folder.ts';

const THUMBPRINT = Buffer.alloc(32, 7).toString('hex');

/** The problems of a listener with this load balancer. */
async function problemsOf(
  t: TestContext,
  balancer: Readonly<Record<string, unknown>>,
  listener = '',
): Promise<readonly string[]> {
  const folder = await configurationFolder(t);
  const lines = Object.entries(balancer).map(
    ([key, value]) => `      ${key}: ${JSON.stringify(value)}\n`,
  );
  const text = `${LISTENER}${listener}    from_load_balancer:\n${lines.join('')}${EMBEDDED}`;
  return folder.problemsOf(text);
}

const VALID = { format: 'one_line_pem', peers: ['10.0.0.0/8', '192.0.2.7', 'fd00::/8'] } as const;

test('takes a load balancer that is named by its addresses', async (t) => {
  assert.deepEqual(await problemsOf(t, VALID), []);
});

test('needs the addresses of the load balancer', async (t) => {
  const folder = await configurationFolder(t);
  const refused = async (balancer: string, message: RegExp) => {
    const text = `${LISTENER}    from_load_balancer: {${balancer}}\n${EMBEDDED}`;
    await assert.rejects(async () => folder.check(text), { message });
  };
  await refused('format: rfc9440', /^config\.yaml:6:5 .*from_load_balancer\.peers: is required$/);
  await refused('format: rfc9440, peers: []', /\.peers: must have 1 or more entries$/);
  await refused(
    'format: rfc9440, peers: [lb.example]',
    /\.peers\[0\]: expected an address or a range/,
  );
  await refused('peers: [10.0.0.1]', /from_load_balancer\.format: is required$/);
});

for (const peer of ['0.0.0.0/0', '0.0.0.0/1', '::/0', '2000::/3']) {
  test(`refuses ${peer} as the addresses of a load balancer, unless it has a certificate`, async (t) => {
    const wide = { ...VALID, peers: ['10.0.0.1', peer] };
    const width = peer.includes(':') ? 7 : 8;
    assert.deepEqual(await problemsOf(t, wide), [
      `config.yaml:8:26 listeners[0].from_load_balancer.peers[1]: is wider than /${width}: name the addresses of the balancer, or its peer_certificate`,
    ]);
    assert.deepEqual(await problemsOf(t, { ...wide, peer_certificate: THUMBPRINT }), []);
  });
}

test('takes the certificate of a load balancer by thumbprint or key, alone or in a list', async (t) => {
  const base64 = Buffer.alloc(32, 7).toString('base64');
  for (const value of [THUMBPRINT, `sha256/${base64}`, [THUMBPRINT, base64]]) {
    assert.deepEqual(await problemsOf(t, { ...VALID, peer_certificate: value }), []);
  }
});

test('refuses a certificate of a load balancer that names nothing', async (t) => {
  const sha1 = { ...VALID, peer_certificate: Buffer.alloc(20).toString('hex') };
  assert.deepEqual(await problemsOf(t, sha1), [
    'config.yaml:9:7 listeners[0].from_load_balancer.peer_certificate: is a SHA-1 thumbprint, expected SHA-256: see certbound thumbprint',
  ]);
  const list = { ...VALID, peer_certificate: [THUMBPRINT, 'CN=balancer'] };
  const [problem] = await problemsOf(t, list);
  assert.match(
    String(problem),
    /peer_certificate\[1\]: is no SHA-256 of a certificate or public key/,
  );
  const off = { ...VALID, peer_certificate: THUMBPRINT };
  assert.deepEqual(await problemsOf(t, off, '    client_certificate: off\n'), [
    'config.yaml:10:7 listeners[0].from_load_balancer.peer_certificate: needs client_certificate: want or require, so that the balancer is asked for it',
  ]);
});

test('refuses the word of a load balancer that has nothing to say', async (t) => {
  const passthrough = { ...VALID, format: 'aws_alb', verified: 'balancer' };
  assert.deepEqual(await problemsOf(t, passthrough), [
    'config.yaml:9:7 listeners[0].from_load_balancer.verified: aws_alb is the format of a balancer that verifies nothing: expected here',
  ]);
  assert.deepEqual(await problemsOf(t, { ...passthrough, format: 'aws_alb_leaf' }), []);
  const verified = { ...VALID, verified: 'balancer' };
  assert.deepEqual(await problemsOf(t, verified, '    revocation: hard\n'), [
    'config.yaml:10:7 listeners[0].from_load_balancer.verified: leaves no path to ask about: expected here, or revocation: off',
  ]);
});

test('refuses a header for a chain that the format does not have', async (t) => {
  const own = { ...VALID, chain_name: 'x-chain' };
  assert.deepEqual(await problemsOf(t, own), [
    'config.yaml:9:7 listeners[0].from_load_balancer.chain_name: one_line_pem has no header for a chain',
  ]);
  assert.deepEqual(await problemsOf(t, { ...own, format: 'rfc9440' }), []);
});

test('a listener that asks nobody serves certificate clients behind a load balancer', async (t) => {
  const folder = await configurationFolder(t);
  const clients = `clients:
  - {client_id: a, token_endpoint_auth_method: self_signed_tls_client_auth, certificates: [client.pem]}
  - {client_id: b, token_endpoint_auth_method: tls_client_auth, tls_client_auth_subject_dn: CN=b}
`;
  const off = `${LISTENER}    client_certificate: off\n`;
  const balancer = `    from_load_balancer: {format: rfc9440, peers: [10.0.0.1]}\n`;
  assert.deepEqual(await folder.problemsOf(`${off}${balancer}${EMBEDDED}${clients}`), []);
  assert.equal((await folder.problemsOf(`${off}${EMBEDDED}${clients}`)).length, 2);
  const noCa = off.replace('client_ca: [ca.pem]', 'client_ca: []');
  const verified = balancer.replace('}', ', verified: balancer}');
  assert.equal((await folder.problemsOf(`${noCa}${balancer}${EMBEDDED}${clients}`)).length, 1);
  assert.deepEqual(await folder.problemsOf(`${noCa}${verified}${EMBEDDED}${clients}`), []);
});
