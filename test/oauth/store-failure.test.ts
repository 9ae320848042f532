import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { test } from 'node:test';

import type { Bindings } from '../../src/bindings/bindings.ts';
import { StoreError } from '../../src/errors.ts';
import { parseCertificate } from '../../src/certificate/parse.ts';
import { createClientRegistry } from '../../src/clients/registry.ts';
import type { AuthenticationPolicy } from '../../src/oauth/client-authentication.ts';
import { selfSigned } from '../support/pki.ts';
import type { Exchange } from '../../src/http/exchange.ts';
import type { Call } from '../../src/oauth/call.ts';
import { createIntrospectionEndpoint } from '../../src/oauth/introspection.ts';
import type { TokenServer } from '../../src/oauth/token-server.ts';
import { createTokenEndpoint } from '../../src/oauth/token.ts';

/** A store that is down. */
function fail(): Promise<never> {
  return Promise.reject(new StoreError('store_unavailable', 'connection refused'));
}
const bindings: Bindings = { promise: fail, bindAll: fail, find: fail, extend: fail, revoke: fail };

const certificate = parseCertificate((await selfSigned()).certificate);

const policy: AuthenticationPolicy = {
  registry: createClientRegistry([
    {
      clientId: 'a',
      method: 'self_signed_tls_client_auth',
      certificates: [certificate.der],
      subjectDn: undefined,
      upstreamCredential: undefined,
    },
  ]),
  trust: { prepare: () => undefined, verdictFor: () => undefined },
  keySources: { of: () => undefined },
  countRequest: () => undefined,
  defersUnknown: true,
};

function serverThatAnswers(json: string): TokenServer {
  const answer = () =>
    Promise.resolve({ status: 200, headers: [], body: Readable.from([Buffer.from(json)]) });
  return { pass: answer, upgrade: answer, read: answer, post: answer, ask: answer };
}

function callWith(form: string): Call {
  const headers = [['content-type', 'application/x-www-form-urlencoded']] as const;
  const exchange = {
    method: 'POST',
    target: { path: '/', query: undefined },
    headers,
    body: Readable.from([Buffer.from(form)]),
  } as unknown as Exchange;
  return {
    exchange,
    headers,
    chain: { listener: 'public', certificates: [certificate.der] },
    carrier: 'connection',
    forwarding: { path: ['127.0.0.1'] },
    presentation: { kind: 'presented', certificate, verdict: { kind: 'self_signed' } },
    journal: {},
  };
}

test('while nobody can say whether there is such a client it is not unknown (F04)', async () => {
  const endpoint = createTokenEndpoint({
    policy: { ...policy, registry: { find: fail }, defersUnknown: false },
    server: serverThatAnswers('{"access_token":"secret","token_type":"Bearer"}'),
    binding: undefined,
  });
  await assert.rejects(endpoint(callWith('grant_type=client_credentials&client_id=a')), StoreError);
});

test('a token whose binding could not be stored is not released (F04)', async () => {
  const endpoint = createTokenEndpoint({
    policy,
    server: serverThatAnswers('{"access_token":"secret","token_type":"Bearer"}'),
    binding: {
      bindings,
      now: Date.now,
      accessTokenLifetimeMs: 1_000,
      refreshTokenLifetimeMs: 1_000,
    },
  });
  await assert.rejects(endpoint(callWith('grant_type=client_credentials&client_id=a')), StoreError);
});

test('an introspection whose binding can not be read accepts nothing (F04)', async () => {
  const endpoint = createIntrospectionEndpoint({
    policy,
    server: serverThatAnswers('{"active":true}'),
    registry: policy.registry,
    bindings,
    callers: { byCertificateAlone: false, ofAllTokens: undefined },
    confirmation: { legacyX5tSha256: false, removeHiddenScopes: true },
    signedAnswers: undefined,
    cache: undefined,
  });
  await assert.rejects(endpoint(callWith('token=a')), StoreError);
});
