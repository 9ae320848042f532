import assert from 'node:assert/strict';
import { test } from 'node:test';

import { createMemoryStore } from '../../src/store/memory.ts';
import type { ServiceClient } from '../../src/token-service/clients/client-metadata.ts';
import { ADMIN, mintCertificates, startService } from './running-service.ts';
import type { Answer, Ask, RunningService } from './running-service.ts';

/** More than the provider keeps of its clients at once. */
const OTHER_CLIENTS = 150;
const PARALLEL = 200;

function client(binding: ServiceClient['binding']): ServiceClient {
  return {
    clientId: binding,
    method: 'client_secret_post',
    secret: 'secret',
    grantTypes: ['client_credentials'],
    binding,
  };
}

const CLIENTS: readonly ServiceClient[] = [
  client('required'),
  client('if_present'),
  client('off'),
  ADMIN,
];

/** Asks as the gateway does for a client that it has authenticated by its secret. */
function askToken(
  service: RunningService,
  clientId: string,
  certificate?: Ask['certificate'],
): Promise<Answer> {
  return service.ask('/oauth2/token', {
    form: { grant_type: 'client_credentials', client_id: clientId, client_secret: 'secret' },
    decidedFor: clientId,
    ...(certificate === undefined ? {} : { certificate }),
  });
}

async function confirmation(service: RunningService, answer: Answer): Promise<unknown> {
  assert.equal(answer.status, 200, answer.text);
  const token = String(answer.json()['access_token']);
  const { active, cnf } = (
    await service.introspect(token, { basic: ['admin', 'admin secret'] })
  ).json();
  assert.equal(active, true);
  return cnf;
}

test('required, if_present and off say whether a token is bound to the certificate', async (t) => {
  const service = await startService(t, { clients: CLIENTS });
  const { stranger } = service;
  const bound = { 'x5t#S256': stranger.thumbprint };
  for (const [clientId, withOne, without] of [
    ['if_present', bound, undefined],
    ['off', undefined, undefined],
  ] as const) {
    const presented = await askToken(service, clientId, stranger);
    assert.deepEqual(await confirmation(service, presented), withOne, clientId);
    const absent = await askToken(service, clientId);
    assert.deepEqual(await confirmation(service, absent), without, clientId);
  }
  const presented = await askToken(service, 'required', stranger);
  assert.deepEqual(await confirmation(service, presented), bound);
  const absent = await askToken(service, 'required');
  assert.deepEqual([absent.status, absent.json()['error']], [400, 'invalid_grant']);
});

test('a certificate that is not the one decided on leads to no token, not to an unbound one', async (t) => {
  const service = await startService(t, { clients: CLIENTS });
  const form = {
    grant_type: 'client_credentials',
    client_id: 'if_present',
    client_secret: 'secret',
  };
  const asks: readonly Ask[] = [
    { form, certificate: service.stranger },
    { form, certificate: service.stranger, decidedFor: 'off' },
    { form, decidedFor: 'if_present', headers: { 'client-cert': ':AAAA:' } },
    { form, decidedFor: 'if_present', headers: { 'client-cert': '' } },
  ];
  for (const ask of asks) {
    const answer = await service.ask('/oauth2/token', ask);
    assert.deepEqual([answer.status, answer.json()['error']], [400, 'invalid_grant']);
  }
});

test('requests with, without and with another certificate at once never mix', async (t) => {
  const others = Array.from({ length: OTHER_CLIENTS }, (_, index): ServiceClient => ({
    ...client('if_present'),
    clientId: `other-${index}`,
  }));
  const store = createMemoryStore({ maxRecords: 2_000 });
  t.after(() => store.close());
  const certificates = await mintCertificates();
  const service = await startService(t, { clients: [...CLIENTS, ...others], store }, certificates);
  const { registered, stranger } = service;
  await Promise.all(
    Array.from({ length: PARALLEL }, async (_, index) => {
      const certificate = [registered, undefined, stranger][index % 3];
      const clientId = index % 2 === 0 ? 'if_present' : `other-${index % OTHER_CLIENTS}`;
      const answer = await askToken(service, clientId, certificate);
      const expected = certificate && { 'x5t#S256': certificate.thumbprint };
      assert.deepEqual(await confirmation(service, answer), expected);
    }),
  );
});
