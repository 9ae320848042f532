import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TestContext } from 'node:test';

import { parseCertificate } from '../../src/certificate/parse.ts';
import { publicKeyPinOf } from '../../src/certificate/thumbprint.ts';
import { httpsRequest } from '../support/https-client.ts';
import { HOUR_MS, selfSigned } from '../support/pki.ts';
import type { Issued } from '../support/pki.ts';
import { startRecordingUpstream } from '../support/recording-upstream.ts';
import { EMBEDDED, startGateway } from '../support/running-gateway.ts';
import { askForToken, HEADER, refusalOf, startBehindBalancer, told } from './behind-balancer.ts';

const balancer = await selfSigned({ subject: 'CN=balancer,O=Test' });
const withoutCertificate = [401, 'invalid_client', 'certificate_absent'];

function proof({ certificatePem, privateKeyPem }: Issued) {
  return { certificatePem, privateKeyPem };
}

async function startUpstream(t: TestContext) {
  const upstream = await startRecordingUpstream();
  t.after(() => upstream.close());
  const yaml = `
token_service:
  upstream:
    url: ${upstream.url}
    certificate_headers: [{format: one_line_pem}]
clients:
  - client_id: self-signed
    token_endpoint_auth_method: self_signed_tls_client_auth
    certificates: [client.pem]
    upstream: {client_secret: s}`;
  return { upstream, yaml };
}

test('T19: the header of a peer that is not listed is ignored, stripped and noted', async (t) => {
  const { upstream, yaml } = await startUpstream(t);
  const gateway = await startBehindBalancer(t, { balancer: { peers: ['192.0.2.0/24'] }, yaml });
  const { client, port, ca } = gateway;
  const claims = [
    [],
    [['X-Forwarded-For', '192.0.2.1']],
    [['Forwarded', 'for=192.0.2.1']],
    [['X-Real-IP', '192.0.2.1']],
  ] as const;
  for (const claim of claims) {
    const headers = [told(client), ...claim];
    const attempt = await askForToken(gateway, 'self-signed', { headers });
    assert.deepEqual(refusalOf(attempt), withoutCertificate);
    const { line } = attempt;
    assert.deepEqual(
      [line['level'], line['certificate_header'], line['peer'], line['certificate']],
      ['warn', 'foreign_address', '127.0.0.1', 'none'],
    );
  }
  assert.equal(upstream.requests.length, 0);
  await httpsRequest({ port, ca, path: '/userinfo', headers: [told(client)] });
  assert.equal(upstream.requests.length, 1);
  assert.equal(upstream.requests[0]?.headers[HEADER], undefined);
});

test('a direct client of the same listener is known by its handshake, whatever it tells', async (t) => {
  const gateway = await startBehindBalancer(t, {
    balancer: { peers: ['192.0.2.1'] },
    yaml: EMBEDDED,
  });
  const { client, stranger } = gateway;
  const good = { headers: [told(stranger)], ...proof(client) };
  const { answer, line } = await askForToken(gateway, 'self-signed', good);
  assert.deepEqual([answer.status, line['thumbprint']], [200, client.thumbprint]);
  const forged = { headers: [told(client)], ...proof(stranger) };
  const attempt = await askForToken(gateway, 'self-signed', forged);
  assert.deepEqual(refusalOf(attempt), [401, 'invalid_client', 'certificate_not_registered']);
});

test("T19: a listed address without the balancer's own certificate is not believed", async (t) => {
  const { upstream, yaml } = await startUpstream(t);
  const gateway = await startBehindBalancer(t, {
    balancer: { peer_certificate: balancer.thumbprint },
    yaml,
  });
  const { client, stranger } = gateway;
  const headers = [told(client)];
  const bare = await askForToken(gateway, 'self-signed', { headers });
  assert.deepEqual(refusalOf(bare), withoutCertificate);
  assert.equal(bare.line['certificate_header'], 'foreign_certificate');
  const other = await askForToken(gateway, 'self-signed', { headers, ...proof(stranger) });
  assert.deepEqual(refusalOf(other), [401, 'invalid_client', 'certificate_not_registered']);
  assert.equal(other.line['thumbprint'], stranger.thumbprint);
  assert.equal(upstream.requests.length, 0);
});

test('T19: the certificate of the balancer from another address is not believed', async (t) => {
  const gateway = await startBehindBalancer(t, {
    balancer: { peers: ['192.0.2.1'], peer_certificate: balancer.thumbprint },
    yaml: EMBEDDED,
  });
  const options = { headers: [told(gateway.client)], ...proof(balancer) };
  const attempt = await askForToken(gateway, 'self-signed', options);
  assert.deepEqual(refusalOf(attempt), [401, 'invalid_client', 'certificate_not_registered']);
  assert.equal(attempt.line['certificate_header'], 'foreign_address');
});

const pin = publicKeyPinOf(parseCertificate(balancer.certificate).publicKey);
const names = {
  'its thumbprint': balancer.thumbprint,
  'its thumbprint in hex': Buffer.from(balancer.thumbprint, 'base64url').toString('hex'),
  'its key': `sha256/${Buffer.from(pin, 'base64url').toString('base64')}`,
  'one of several': [Buffer.alloc(32, 7).toString('hex'), pin],
};

for (const [title, value] of Object.entries(names)) {
  test(`the balancer is known by ${title}, and its certificate is no client's`, async (t) => {
    const gateway = await startBehindBalancer(t, {
      // The certificate is proof enough where addresses change.
      balancer: { peers: ['0.0.0.0/0'], peer_certificate: value },
      yaml: EMBEDDED,
    });
    const { client } = gateway;
    const options = { headers: [told(client)], ...proof(balancer) };
    const { answer, line } = await askForToken(gateway, 'self-signed', options);
    assert.deepEqual([answer.status, line['thumbprint']], [200, client.thumbprint]);
    const bare = await askForToken(gateway, 'self-signed', proof(balancer));
    assert.deepEqual(refusalOf(bare), withoutCertificate);
    assert.match(
      await gateway.metrics(),
      /certbound_client_certificates_total\{listener="public",server_name="",outcome="load_balancer",reason=""\} 2/,
    );
  });
}

test('a certificate of the balancer that is out of date is not believed', async (t) => {
  const notAfter = Date.now() - HOUR_MS;
  const expired = await selfSigned({ notBefore: notAfter - HOUR_MS, notAfter });
  const gateway = await startBehindBalancer(t, {
    balancer: { peer_certificate: expired.thumbprint },
    yaml: EMBEDDED,
  });
  const options = { headers: [told(gateway.client)], ...proof(expired) };
  const attempt = await askForToken(gateway, 'self-signed', options);
  assert.equal(attempt.answer.status, 401);
  assert.equal(attempt.line['certificate_header'], 'foreign_certificate');
});

test('T20: a certificate without a handshake proves nothing where no balancer is', async (t) => {
  const { upstream, yaml } = await startUpstream(t);
  const gateway = await startGateway({ yaml });
  t.after(() => gateway.close());
  const { client } = gateway;
  const [, pem] = told(client);
  const der = Buffer.from(client.certificate).toString('base64');
  const headers = [
    [HEADER, pem],
    ['Client-Cert', `:${der}:`],
    ['X-Client-Cert', encodeURIComponent(client.certificatePem)],
    ['X-SSL-Client-Cert', der],
    ['X-Forwarded-Client-Cert', `Cert="${encodeURIComponent(client.certificatePem)}"`],
  ] as const;
  const attempt = await askForToken(gateway, 'self-signed', { headers });
  assert.deepEqual(refusalOf(attempt), withoutCertificate);
  assert.equal(upstream.requests.length, 0);
});

const FORWARDED = [
  ['X-Forwarded-For', '6.6.6.6, 203.0.113.9, 127.0.0.2'],
  ['X-Forwarded-Proto', 'http'],
  ['X-Forwarded-Host', 'login.example'],
] as const;

test('from the balancer the client is named to log and upstream, and the way is kept', async (t) => {
  const { upstream, yaml } = await startUpstream(t);
  const gateway = await startBehindBalancer(t, { balancer: { peers: ['127.0.0.0/8'] }, yaml });
  const { port, ca } = gateway;
  const answer = await httpsRequest({ port, ca, path: '/userinfo', headers: FORWARDED });
  assert.equal(answer.status, 200);
  const sent = upstream.requests[0]?.headers ?? {};
  assert.deepEqual(
    ['for', 'proto', 'host', 'port'].map((name) => sent[`x-forwarded-${name}`]),
    ['203.0.113.9, 127.0.0.2, 127.0.0.1', 'http', 'login.example', '80'],
  );
  const line = await gateway.logged(({ msg }) => msg === 'request');
  assert.equal(line['peer'], '203.0.113.9');
});

test('from everybody else forwarded fields are replaced', async (t) => {
  const { upstream, yaml } = await startUpstream(t);
  const gateway = await startBehindBalancer(t, { balancer: { peers: ['192.0.2.1'] }, yaml });
  const { port, ca } = gateway;
  await httpsRequest({ port, ca, path: '/userinfo', headers: FORWARDED });
  const sent = upstream.requests[0]?.headers ?? {};
  assert.deepEqual(
    ['for', 'proto', 'host'].map((name) => sent[`x-forwarded-${name}`]),
    ['127.0.0.1', 'https', `localhost:${port}`],
  );
});
