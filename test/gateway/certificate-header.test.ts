import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { Agent, request } from 'node:https';
import { test } from 'node:test';
import type { TestContext } from 'node:test';

import { createAuthority, HOUR_MS, selfSigned } from '../support/pki.ts';
import type { Issued } from '../support/pki.ts';
import { httpsRequest } from '../support/https-client.ts';
import { startRecordingUpstream } from '../support/recording-upstream.ts';
import { EMBEDDED } from '../support/running-gateway.ts';
import type { GatewayFixture } from '../support/running-gateway.ts';
import { askForToken, HEADER, refusalOf, startBehindBalancer, told } from './behind-balancer.ts';
import { expectBound } from './client-attempt.ts';

test('the told certificate is the one that is bound and logged', async (t) => {
  const gateway = await startBehindBalancer(t, { yaml: EMBEDDED });
  const { thumbprint } = gateway.client;
  const { answer, line } = await askForToken(gateway, 'self-signed', {
    headers: [told(gateway.client)],
  });
  assert.equal(answer.status, 200);
  const token = String(answer.json()['access_token']);
  await expectBound(gateway, { token, clientId: 'self-signed', thumbprint });
  assert.deepEqual(
    [line['thumbprint'], line['certificate'], line['certificate_header']],
    [thumbprint, 'self_signed', 'believed'],
  );
});

test('the told certificate, and no other, is sent on', async (t) => {
  const upstream = await startRecordingUpstream();
  t.after(() => upstream.close());
  const gateway = await startBehindBalancer(t, {
    balancer: { name: 'x-balancer-cert' },
    yaml: `
token_service:
  upstream:
    url: ${upstream.url}
    kind: native
    certificate_headers: [{format: rfc9440}]`,
  });
  const { client, port, ca } = gateway;
  const [, value] = told(client);
  const forged = ['Client-Cert', ':AA==:'] as const;
  const headers = [['X-Balancer-Cert', value] as const, forged];
  const answer = await httpsRequest({ port, ca, path: '/userinfo', headers });
  assert.equal(answer.status, 200);
  const sent = upstream.requests.at(-1)?.headers ?? {};
  assert.equal(sent['client-cert'], `:${Buffer.from(client.certificate).toString('base64')}:`);
  assert.equal(sent['x-balancer-cert'], undefined);
});

test('each request of a connection of the balancer is its own client', async (t) => {
  const gateway = await startBehindBalancer(t, { mode: 'require', yaml: EMBEDDED });
  const agent = new Agent({ keepAlive: true, maxSockets: 1, ca: gateway.ca });
  t.after(() => agent.destroy());
  const { client, stranger } = gateway;
  const outcomes: (readonly unknown[])[] = [];
  for (const headers of [
    told(client),
    told(stranger),
    undefined,
    [HEADER, 'damaged'] as const,
    told(client),
  ]) {
    outcomes.push(await tokenOver(agent, gateway, headers));
  }
  const [first, ...others] = outcomes.map(([port]) => port);
  assert.deepEqual(
    outcomes.map(([, status]) => status),
    [200, 401, 401, 400, 200],
  );
  // A refusal does not cost the balancer a connection that it shares among clients.
  assert.deepEqual(new Set(others), new Set([first]));
});

/** The local port of the connection and the status of the answer. */
async function tokenOver(
  agent: Agent,
  { port }: GatewayFixture,
  header: readonly [string, string] | undefined,
): Promise<readonly [localPort: number | undefined, status: number | undefined]> {
  const outgoing = request({
    agent,
    port,
    host: '127.0.0.1',
    servername: 'localhost',
    method: 'POST',
    path: '/oauth2/token',
    headers: {
      host: 'localhost',
      'content-type': 'application/x-www-form-urlencoded',
      ...(header && { [header[0]]: header[1] }),
    },
  });
  outgoing.end('grant_type=client_credentials&client_id=self-signed');
  const [incoming] = (await once(outgoing, 'response')) as [IncomingMessage];
  const { localPort } = incoming.socket;
  await once(incoming.resume(), 'end');
  return [localPort, incoming.statusCode];
}

for (const mode of ['off', 'want'] as const) {
  test(`a request without the header has no certificate where it is ${mode}`, async (t) => {
    const gateway = await startBehindBalancer(t, { mode, yaml: EMBEDDED });
    for (const value of [
      undefined,
      '',
      '(null)',
      '-----BEGIN CERTIFICATE----------END CERTIFICATE-----',
    ]) {
      const headers = value === undefined ? [] : [[HEADER, value] as const];
      const attempt = await askForToken(gateway, 'self-signed', { headers });
      assert.deepEqual(refusalOf(attempt), [401, 'invalid_client', 'certificate_absent']);
    }
  });
}

test('require is about the header: the balancer itself needs no certificate', async (t) => {
  const gateway = await startBehindBalancer(t, { mode: 'require', yaml: EMBEDDED });
  const { client, port, ca } = gateway;
  const path = '/.well-known/openid-configuration';
  assert.equal((await httpsRequest({ port, ca, path, headers: [told(client)] })).status, 200);
  const bare = await httpsRequest({ port, ca, path });
  assert.deepEqual([bare.status, bare.json()['error']], [400, 'client_certificate_required']);
});

test('a damaged header is answered 400, and never taken for absent', async (t) => {
  const gateway = await startBehindBalancer(t, { yaml: EMBEDDED });
  const [, value] = told(gateway.client);
  const [, another] = told(gateway.stranger);
  const der = Buffer.from(gateway.client.certificate);
  der.writeUInt8(0xff, 4);
  const damaged: readonly (readonly [string, string])[][] = [
    [[HEADER, value.slice(0, -30)]],
    [[HEADER, value.replace('MII', 'M!I')]],
    [[HEADER, `${value}${another}`]],
    [[HEADER, `${another}, ${value}`]],
    [[HEADER, encodeURIComponent(value)]],
    [[HEADER, `-----BEGIN CERTIFICATE-----${der.toString('base64')}-----END CERTIFICATE-----`]],
    [
      [HEADER, value],
      [HEADER, value],
    ],
    [
      [HEADER, value],
      [HEADER.toUpperCase(), another],
    ],
    [
      [HEADER, ''],
      [HEADER, value],
    ],
  ];
  for (const headers of damaged) {
    const attempt = await askForToken(gateway, 'self-signed', { headers });
    assert.deepEqual(
      refusalOf(attempt),
      [400, 'invalid_request', 'certificate_malformed'],
      JSON.stringify(headers).slice(0, 120),
    );
  }
});

test('other spellings of the name are neither read nor sent on', async (t) => {
  const gateway = await startBehindBalancer(t, { yaml: EMBEDDED });
  const [, value] = told(gateway.client);
  for (const name of ['X_Wso2_Mtls_Cert', 'x.wso2.mtls.cert', 'client-cert']) {
    const attempt = await askForToken(gateway, 'self-signed', { headers: [[name, value]] });
    assert.deepEqual(refusalOf(attempt), [401, 'invalid_client', 'certificate_absent'], name);
  }
});

test('naming the header in Connection changes nothing', async (t) => {
  const gateway = await startBehindBalancer(t, { yaml: EMBEDDED });
  const headers = [['Connection', `keep-alive, ${HEADER}`] as const, told(gateway.client)];
  assert.equal((await askForToken(gateway, 'self-signed', { headers })).answer.status, 200);
});

test('a certificate of the connection that is not the told one is a conflict', async (t) => {
  const gateway = await startBehindBalancer(t, { yaml: EMBEDDED });
  const { client, stranger } = gateway;
  const headers = [told(client)];
  const conflict = [400, 'invalid_request', 'certificate_header_conflict'];
  const attempt = await askForToken(gateway, 'self-signed', { headers, ...proof(stranger) });
  assert.deepEqual(refusalOf(attempt), conflict);
  const reverse = { headers: [told(stranger)], ...proof(client) };
  assert.deepEqual(refusalOf(await askForToken(gateway, 'self-signed', reverse)), conflict);
  const same = await askForToken(gateway, 'self-signed', { headers, ...proof(client) });
  assert.equal(same.answer.status, 200);
});

test('the certificate of a balancer without a header is no client', async (t) => {
  const gateway = await startBehindBalancer(t, { yaml: EMBEDDED });
  const attempt = await askForToken(gateway, 'self-signed', proof(gateway.client));
  assert.deepEqual(refusalOf(attempt), [401, 'invalid_client', 'certificate_absent']);
});

function proof({ certificatePem, privateKeyPem }: Issued) {
  return { certificatePem, privateKeyPem };
}

async function chainFixture(t: TestContext) {
  const intermediate = { subject: 'CN=Intermediate,O=Test', ca: true } as const;
  const authority = await createAuthority({ name: 'Client CA' });
  const issuing = await authority.issue(intermediate);
  const subject = 'CN=pki-client,O=Test';
  const victim = await issuing.issue({ subject, eku: ['clientAuth'] });
  const attacker = await issuing.issue({ subject: 'CN=attacker,O=Test', eku: ['clientAuth'] });
  const gateway = await startBehindBalancer(t, {
    balancer: { format: 'rfc9440' },
    yaml: EMBEDDED,
    files: { 'clients.pem': authority.certificatePem },
    clientCa: 'clients.pem',
  });
  return { gateway, issuing, victim, attacker };
}

const byteSequence = ({ certificate }: Issued) =>
  `:${Buffer.from(certificate).toString('base64')}:`;

function carrying(leaf: Issued, ...chain: readonly Issued[]): (readonly [string, string])[] {
  return [
    ['Client-Cert', byteSequence(leaf)],
    ['Client-Cert-Chain', chain.map(byteSequence).join(', ')],
  ];
}

test('the told chain leads to a CA of the listener', async (t) => {
  const { gateway, issuing, victim } = await chainFixture(t);
  const headers = carrying(victim, issuing);
  assert.equal((await askForToken(gateway, 'pki', { headers })).answer.status, 200);
  const alone = await askForToken(gateway, 'pki', { headers: headers.slice(0, 1) });
  assert.equal(alone.line['reason'], 'certificate_issuer_unknown');
});

test("T18: the victim's certificate in the told chain makes nobody the victim", async (t) => {
  const { gateway, issuing, victim, attacker } = await chainFixture(t);
  const chains = [
    [victim, issuing],
    [issuing, victim],
    [victim],
    [attacker, victim, issuing],
    [victim, attacker, issuing],
  ];
  for (const chain of chains) {
    const attempt = await askForToken(gateway, 'pki', { headers: carrying(attacker, ...chain) });
    assert.deepEqual(
      [attempt.answer.status, attempt.answer.json()['error']],
      [401, 'invalid_client'],
    );
    assert.equal(attempt.line['thumbprint'], attacker.thumbprint);
  }
  const twoLeaves = [...carrying(victim, issuing), ...carrying(attacker).slice(0, 1)];
  const attempt = await askForToken(gateway, 'pki', { headers: twoLeaves });
  assert.deepEqual(refusalOf(attempt), [400, 'invalid_request', 'certificate_malformed']);
});

test('what the balancer has verified needs no CA here, but its dates and its subject', async (t) => {
  const elsewhere = await createAuthority({ name: 'CA of the balancer' });
  const subject = 'CN=pki-client,O=Test';
  const good = await elsewhere.issue({ subject, eku: ['clientAuth'] });
  const other = await elsewhere.issue({ subject: 'CN=other,O=Test', eku: ['clientAuth'] });
  const notAfter = Date.now() - HOUR_MS;
  const expired = await elsewhere.issue({ subject, notBefore: notAfter - HOUR_MS, notAfter });
  const own = await selfSigned({ subject });
  const gateway = await startBehindBalancer(t, {
    balancer: { verified: 'balancer' },
    yaml: EMBEDDED,
  });
  const reasonFor = async (identity: Issued) =>
    (await askForToken(gateway, 'pki', { headers: [told(identity)] })).line['reason'];
  assert.equal(await reasonFor(good), undefined);
  assert.equal(await reasonFor(other), 'certificate_subject_mismatch');
  assert.equal(await reasonFor(expired), 'certificate_expired');
  assert.notEqual(await reasonFor(own), undefined);
});

test('by default the path is checked here', async (t) => {
  const elsewhere = await createAuthority({ name: 'CA of the balancer' });
  const good = await elsewhere.issue({ subject: 'CN=pki-client,O=Test', eku: ['clientAuth'] });
  const gateway = await startBehindBalancer(t, { yaml: EMBEDDED });
  const attempt = await askForToken(gateway, 'pki', { headers: [told(good)] });
  assert.equal(attempt.line['reason'], 'certificate_issuer_unknown');
});
