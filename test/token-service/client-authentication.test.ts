import assert from 'node:assert/strict';
import { test } from 'node:test';

import { ADMIN, byteSequence, der, startService } from './running-service.ts';
import type { Answer, Ask, RunningService } from './running-service.ts';

const GRANT = { grant_type: 'client_credentials' } as const;

function askToken(service: RunningService, clientId: string, ask: Ask): Promise<Answer> {
  const form = { ...GRANT, client_id: clientId };
  return service.ask('/oauth2/token', { form, ...ask });
}

function assertInvalidClient(answer: Answer): void {
  assert.equal(answer.status, 401, answer.text);
  assert.deepEqual(answer.json(), {
    error: 'invalid_client',
    error_description: 'client authentication failed',
  });
}

test('a self-signed client gets a bound token with its certificate and the decision', async (t) => {
  const service = await startService(t);
  const { registered: certificate } = service;
  const answer = await askToken(service, 'self-signed', { certificate, decidedFor: 'self-signed' });
  assert.equal(answer.status, 200, answer.text);
  const { access_token: token, ...rest } = answer.json();
  assert.deepEqual(rest, { token_type: 'Bearer', expires_in: 600 });
  assert.equal(answer.headers['cache-control'], 'no-store');

  const { json } = await service.introspect(String(token), { basic: ['admin', 'admin secret'] });
  const { iat, exp, ...seen } = json();
  assert.deepEqual(seen, {
    active: true,
    client_id: 'self-signed',
    iss: 'https://login.test:9443',
    cnf: { 'x5t#S256': certificate.thumbprint },
    token_type: 'Bearer',
  });
  assert.equal(Number(exp) - Number(iat), 600);
});

test('a PKI client gets a bound token on the decision of the gateway', async (t) => {
  const service = await startService(t);
  const answer = await askToken(service, 'pki', { certificate: service.pki, decidedFor: 'pki' });
  assert.equal(answer.status, 200, answer.text);
  const token = String(answer.json()['access_token']);
  const introspection = await service.introspect(token, { basic: ['admin', 'admin secret'] });
  assert.deepEqual(introspection.json()['cnf'], { 'x5t#S256': service.pki.thumbprint });
});

test('a certificate without the decision is no client', async (t) => {
  const service = await startService(t);
  assertInvalidClient(await askToken(service, 'self-signed', { certificate: service.registered }));
  assertInvalidClient(await askToken(service, 'pki', { certificate: service.pki }));
  const told = service.log.filter(({ text }) => text.includes('without the decision'));
  assert.deepEqual(
    told.map(({ fields }) => fields['client_id']),
    ['self-signed', 'pki'],
  );
});

test('a decision for another client is none for this one', async (t) => {
  const service = await startService(t);
  const { registered, pki } = service;
  const refused: readonly [string, Ask][] = [
    ['self-signed', { certificate: registered, decidedFor: 'pki' }],
    ['pki', { certificate: pki, decidedFor: 'self-signed' }],
    ['pki', { certificate: registered, decidedFor: 'self-signed' }],
    ['pki', { certificate: pki, decidedFor: 'pki ' }],
    ['pki', { certificate: pki, decidedFor: 'PKI' }],
    ['pki', { certificate: pki, headers: { 'certbound-client': 'pki, pki' } }],
    ['pki', { certificate: pki, headers: { 'certbound-client': '%70ki' } }],
    ['pki', { certificate: pki, headers: { 'certbound-client': '' } }],
  ];
  for (const [clientId, ask] of refused) {
    assertInvalidClient(await askToken(service, clientId, ask));
  }
});

test('a decision without a certificate is no client', async (t) => {
  const service = await startService(t);
  assertInvalidClient(await askToken(service, 'self-signed', { decidedFor: 'self-signed' }));
  assertInvalidClient(await askToken(service, 'pki', { decidedFor: 'pki' }));
});

test('the decision counts alone, and the token is bound to the certificate that came with it', async (t) => {
  const service = await startService(t);
  const { stranger } = service;
  const answer = await askToken(service, 'self-signed', {
    certificate: stranger,
    decidedFor: 'self-signed',
  });
  assert.equal(answer.status, 200, answer.text);
  const token = String(answer.json()['access_token']);
  const introspection = await service.introspect(token, { basic: ['admin', 'admin secret'] });
  assert.deepEqual(introspection.json()['cnf'], { 'x5t#S256': stranger.thumbprint });
});

test('a certificate field that is not exactly one certificate is no certificate', async (t) => {
  const service = await startService(t);
  const good = byteSequence(der(service.pki));
  const bytes = der(service.pki);
  const broken = [
    good.slice(1, -1),
    good.slice(1),
    `${good};a=1`,
    `${good}, ${good}`,
    good.replace(':', ':='),
    good.replace('=', ''),
    `:${bytes.toString('base64url')}:`,
    '::',
    ':AAAA:',
    byteSequence(Buffer.concat([bytes, Buffer.from([0])])),
    byteSequence(bytes.subarray(0, -1)),
    byteSequence(Buffer.from(service.pki.certificatePem)),
    encodeURIComponent(service.pki.certificatePem),
  ].filter((field) => field !== good);
  for (const field of broken) {
    const headers = { 'client-cert': field };
    assertInvalidClient(await askToken(service, 'pki', { headers, decidedFor: 'pki' }));
  }
});

test('a client that has registered a certificate can not use a secret, nor the reverse', async (t) => {
  const service = await startService(t);
  assertInvalidClient(
    await service.ask('/oauth2/token', { form: GRANT, basic: ['self-signed', 'any'] }),
  );
  assertInvalidClient(
    await askToken(service, 'bystander', {
      certificate: service.registered,
      decidedFor: 'bystander',
    }),
  );
});

test('a client with a secret gets an unbound token, whatever certificate it shows', async (t) => {
  const service = await startService(t);
  const answer = await askToken(service, 'bystander', {
    form: { ...GRANT, client_id: 'bystander', client_secret: 'bystander-secret' },
    certificate: service.registered,
    decidedFor: 'self-signed',
  });
  assert.equal(answer.status, 200, answer.text);
  const token = String(answer.json()['access_token']);
  const introspection = await service.introspect(token, { basic: ['admin', 'admin secret'] });
  assert.equal(introspection.json()['active'], true);
  assert.equal('cnf' in introspection.json(), false);
});

test('client ids are compared as they are, special characters and all', async (t) => {
  const clientId = 'a client: 100% "odd" & +plus';
  const { registered } = await startService(t);
  const service = await startService(t, {
    clients: [
      {
        clientId,
        method: 'self_signed_tls_client_auth',
        binding: 'required',
        grantTypes: ['client_credentials'],
      },
      ADMIN,
    ],
  });
  const ask = { certificate: registered, decidedFor: clientId };
  assert.equal((await askToken(service, clientId, ask)).status, 200);
});

test('a client without the grant, an unknown client and a request without one are told so', async (t) => {
  const service = await startService(t);
  const noGrant = await service.ask('/oauth2/token', {
    form: GRANT,
    basic: ['admin', 'admin secret'],
  });
  assert.equal(noGrant.status, 400);
  assert.equal(noGrant.json()['error'], 'invalid_request');
  assertInvalidClient(await askToken(service, 'nobody', { certificate: service.pki }));
  const nobody = await service.ask('/oauth2/token', { form: GRANT });
  assert.equal(nobody.status, 400);
  assert.equal(nobody.json()['error'], 'invalid_request');
});

test('no scope can be had for the asking', async (t) => {
  const service = await startService(t);
  const answer = await askToken(service, 'pki', {
    form: { ...GRANT, client_id: 'pki', scope: 'admin' },
    certificate: service.pki,
    decidedFor: 'pki',
  });
  assert.equal(answer.status, 400);
  assert.deepEqual(answer.json(), {
    error: 'invalid_scope',
    error_description: 'this client has no scopes',
  });
});
